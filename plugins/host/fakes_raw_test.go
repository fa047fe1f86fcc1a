//go:build unix

package host

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// servePlugin is what the test binary does when it is started as a plugin.
func servePlugin(name string) error {
	switch {
	case name == "start-noise":
		fmt.Println("Welcome to the plugin of maija.makinen@example.fi")
		time.Sleep(time.Minute)
	case name == "start-flood":
		fmt.Print(strings.Repeat("x", 70_000))
		time.Sleep(time.Minute)
	case name == "start-bars":
		fmt.Println("warning | maija.makinen@example.fi | is | here")
		time.Sleep(time.Minute)
	case name == "start-other-major":
		fmt.Println("1|99|unix|/x|grpc|")
		time.Sleep(time.Minute)
	case name == "start-other-core":
		fmt.Println("2|1|unix|/x|grpc|")
		time.Sleep(time.Minute)
	case name == "start-net-rpc":
		fmt.Printf("1|1|unix|%s/x|netrpc|\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		time.Sleep(time.Minute)
	case name == "start-nobody":
		fmt.Printf("1|1|unix|%s/x|grpc|\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		time.Sleep(time.Minute)
	case name == "start-killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case name == "start-exit":
		os.Exit(7)
	case name == "start-closes":
		_ = os.Stdout.Close()
		time.Sleep(time.Minute)
	case name == "start-hang":
		time.Sleep(time.Minute)
	case name == "other-name":
		return sdk.Serve(fake("not-that-name"))
	case strings.HasPrefix(name, "raw-"):
		return serveRaw(name)
	}
	return sdk.Serve(fake(name))
}

// serveRaw speaks the protocol without the SDK, so that it can break it.
func serveRaw(name string) error {
	h, err := sourcepb.ReadHello(os.Stdin)
	if err != nil {
		return err
	}
	config, err := rawTLS(h, name)
	if err != nil {
		return err
	}
	if name == "raw-mute" { // a handshake, and then nobody answers
		dir := os.Getenv("PLUGIN_UNIX_SOCKET_DIR")
		fmt.Printf("1|1|unix|%s|grpc|\n", mute(dir))
		time.Sleep(time.Minute)
	}
	if name == "raw-elsewhere" {
		fmt.Println("1|1|tcp|127.0.0.1:1|grpc|")
		time.Sleep(time.Minute)
	}
	if name == "raw-stubborn" {
		stubborn()
	} else {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: sourcepb.ProtocolVersion,
			MagicCookieKey: sourcepb.CookieKey, MagicCookieValue: sourcepb.CookieValue},
		TLSProvider: func() (*tls.Config, error) { return config, nil },
		VersionedPlugins: map[int]goplugin.PluginSet{sourcepb.ProtocolVersion: {
			sourcepb.PluginName: &sourcepb.GRPCPlugin{Impl: &raw{name: name}}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.UnaryInterceptor(healthOf(name)))...)
		},
	})
	if name == "raw-stubborn" {
		time.Sleep(time.Minute)
	}
	return nil
}

func rawTLS(h sourcepb.Hello, name string) (*tls.Config, error) {
	own, err := tls.X509KeyPair(h.Cert, h.Key)
	if err != nil {
		return nil, err
	}
	hosts := x509.NewCertPool()
	hosts.AppendCertsFromPEM(h.HostCert)
	if name == "raw-wrong-peer" { // somebody else answers on the socket
		other, err := newIdentity(x509.ExtKeyUsageServerAuth)
		if err != nil {
			return nil, err
		}
		own = other.cert
	}
	if name == "raw-plain" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: hosts}
	switch name { // the clock of this process is wrong
	case "raw-1975":
		config.Time = func() time.Time { return time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC) }
	case "raw-2345":
		config.Time = func() time.Time { return time.Date(2345, 1, 1, 0, 0, 0, 0, time.UTC) }
	}
	return config, nil
}

// raw is a source that answers wrongly in the way that its name says.
type raw struct {
	sourcepb.UnimplementedSourceServer
	name string
	describing
}

func (r *raw) Describe(context.Context, *sourcepb.DescribeRequest) (*sourcepb.DescribeResponse, error) {
	d, err := r.describe(r.name)
	if err == nil && r.name != "raw-plain-verbs" {
		d.Capabilities = append(d.Capabilities, "discover", "fetch")
	}
	return d, err
}

func (r *raw) Configure(context.Context, *sourcepb.ConfigureRequest) (*sourcepb.ConfigureResponse, error) {
	kind := core.Email
	if r.name == "raw-other-keys" {
		kind = core.DiaryNumber
	}
	return &sourcepb.ConfigureResponse{RecordTypes: []*sourcepb.RecordType{
		{Name: "ticket", Keys: []*sourcepb.Key{{Kinds: []string{string(kind)}, Match: string(sdk.MatchExact)}}}}}, nil
}

func (r *raw) Check(context.Context, *sourcepb.CheckRequest) (*sourcepb.CheckResponse, error) {
	return &sourcepb.CheckResponse{Steps: []*sourcepb.Step{{Name: "step \x1b[2J" + person + "\nV1.1 ok"}}}, nil
}

func (r *raw) Close(context.Context, *sourcepb.CloseRequest) (*sourcepb.CloseResponse, error) {
	switch r.name {
	case "raw-stubborn":
		time.Sleep(time.Minute)
	case "raw-closes":
		return &sourcepb.CloseResponse{}, os.WriteFile("closed", nil, 0o600)
	}
	return &sourcepb.CloseResponse{}, nil
}

func (r *raw) Search(_ *sourcepb.SearchRequest, out grpc.ServerStreamingServer[sourcepb.SearchEvent]) error {
	if answer, ok := hostile()[r.name]; ok {
		return answer(out)
	}
	refs := []string{"ticket/1", "ticket/2", "ticket/3"}
	sent := uint64(3)
	digest := sourcepb.NewDigest()
	var records []*sourcepb.Record
	switch r.name {
	case "raw-same-ref":
		refs[2] = refs[0]
	case "raw-odd-ref":
		refs[2] = "3"
	case "raw-wrong-count":
		sent = 4
	case "raw-huge":
		records = append(records, &sourcepb.Record{Type: "ticket", Ref: "ticket/0", Fields: []*sourcepb.Field{
			{Name: "x", Value: &sourcepb.Field_Text{Text: strings.Repeat("x", 9<<20)}}}})
	case "raw-stalled":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Minute) // until the signal has arrived
	case "raw-silent":
		time.Sleep(time.Minute)
	}
	for _, ref := range refs {
		records = append(records, &sourcepb.Record{Type: "ticket", Ref: ref})
		digest.Add(ref)
	}
	if r.name == "raw-wrong-digest" {
		digest.Add("ticket/4")
	}
	if r.name == "raw-other-type" {
		records[0].Type, records[0].Ref = "person", "person/1"
	}
	batch := &sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Batch{Batch: &sourcepb.RecordBatch{Records: records}}}
	if err := out.Send(batch); err != nil {
		return err
	}
	c := sourcepb.FromCompletion(core.Completion{Result: core.Complete,
		Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: sent, Sent: sent}}}, digest.Sum())
	last := &sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{Completion: c}}
	switch r.name {
	case "raw-no-completion":
		return nil
	case "raw-no-result":
		c.Result = 77
	case "raw-no-types":
		c.Searched = nil
	case "raw-terminal":
		const word = "x \x1b[2J" + person + "\nok V1.1 found\u202e"
		c.Searched[0].Needs = []string{word}
		c.LeftOut = []*sourcepb.LeftOut{{Table: word, Column: word, Reason: word}}
		c.Problems = []*sourcepb.Problem{{Class: string(core.ClassPartial), Message: word, RecordType: word, ConfigPath: word, Kinds: []string{word}}}
	case "raw-sends-less":
		c.Searched[0].Matched++
	case "raw-after":
		if err := out.Send(last); err != nil {
			return err
		}
		last = batch
	case "raw-two-completions":
		if err := out.Send(last); err != nil {
			return err
		}
	case "raw-empty-event":
		if err := out.Send(&sourcepb.SearchEvent{}); err != nil {
			return err
		}
	}
	return out.Send(last)
}

// spawn leaves a process behind that holds the plugin's pipes.
func spawn(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
	return cmd.Start()
}
