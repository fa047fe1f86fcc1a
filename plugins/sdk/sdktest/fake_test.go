package sdktest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// TestMain makes the test binary the plugins that it tests. A name such as
// fake+describe-slow is the good plugin with one fault.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "plugin" && os.Args[2] == "serve" {
		if err := serveFake(os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fake is a plugin that is written without the SDK, so that each rule of the
// protocol is kept, or broken, in the open.
type fake struct {
	sourcepb.UnimplementedSourceServer
	name, fault string
	stdout      *os.File

	mu         sync.Mutex
	described  int
	configured *fakeConfig
	ever       bool // configured, or closed, or validated
	closes     int
	searches   int
	running    sync.WaitGroup
	ctx        context.Context // of the configuration
	cancel     func()
	leaked     []*os.File
	hoard      [][]byte
	asked      string // the fault of a shared variable
}

// fakeConfig is the configuration of the fake. System is which of its systems
// it asks, and Address what it connects to when that is "net".
type fakeConfig struct {
	System  string `json:"system"`
	Address string `json:"address"`
}

const (
	goodPassword = "kelpo-salasana-73c1"
	badPassword  = "kelvoton-salasana-51d9"
)

func serveFake(name string) error {
	h, err := sourcepb.ReadHello(os.Stdin)
	if err != nil {
		return err
	}
	own, err := tls.X509KeyPair(h.Cert, h.Key)
	if err != nil {
		return err
	}
	hosts := x509.NewCertPool()
	hosts.AppendCertsFromPEM(h.HostCert)
	f := &fake{name: name}
	_, f.fault, _ = strings.Cut(name, "+")
	if f.fault != "stdin-ignored" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	f.stdout = os.Stdout // go-plugin takes the variable away
	if f.fault == "socket" {
		if _, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			return err
		}
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: sourcepb.ProtocolVersion,
			MagicCookieKey: sourcepb.CookieKey, MagicCookieValue: sourcepb.CookieValue},
		TLSProvider: func() (*tls.Config, error) {
			return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
				ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: hosts}, nil
		},
		VersionedPlugins: map[int]goplugin.PluginSet{sourcepb.ProtocolVersion: {
			sourcepb.PluginName: &sourcepb.GRPCPlugin{Impl: f}}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxRecvMsgSize(sourcepb.MaxMessage))...)
		},
	})
	return nil
}

func (f *fake) Describe(_ context.Context, req *sourcepb.DescribeRequest) (*sourcepb.DescribeResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.described++
	d := &sourcepb.DescribeResponse{Name: f.name, Version: "1", ConfigSchema: `{"type":"object"}`,
		Capabilities: []string{"discover", "fetch"}}
	switch {
	case f.fault == "describe-random":
		d.Title = &sourcepb.Text{En: strconv.Itoa(os.Getpid())}
	case f.fault == "describe-slow" && f.described == 1 && cold():
		time.Sleep(2 * time.Second)
	case f.fault == "unknown-fields" && len(req.ProtoReflect().GetUnknown()) > 0:
		return nil, sourcepb.Status(core.Problem{Class: core.ClassConfig, Message: "unknown"})
	}
	return d, nil
}

// cold tells whether the fake was seldom described in this folder. A fake that
// stayed slow would make every start of a suite wait; this one is slow beyond
// the check that must notice it.
func cold() bool {
	file, err := os.OpenFile("described", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.WriteString("."); err != nil {
		panic(err)
	}
	info, err := file.Stat()
	if err != nil {
		panic(err)
	}
	return info.Size() <= 8
}

func (f *fake) Configure(_ context.Context, req *sourcepb.ConfigureRequest) (*sourcepb.ConfigureResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ever = true
	refuse := func(p core.Problem) (*sourcepb.ConfigureResponse, error) {
		return &sourcepb.ConfigureResponse{Problems: []*sourcepb.Problem{sourcepb.FromProblem(p)}}, nil
	}
	var keys map[string]any
	c := &fakeConfig{}
	if json.Unmarshal(req.GetConfigJson(), &keys) != nil || json.Unmarshal(req.GetConfigJson(), c) != nil {
		return refuse(core.Problem{Class: core.ClassConfig, Message: "no JSON"})
	}
	for k := range keys {
		if k != "system" && k != "address" && f.fault != "unknown-key" {
			return refuse(core.Problem{Class: core.ClassConfig, ConfigPath: k, Message: "unknown key"})
		}
	}
	if c.System == "net" && (f.fault == "validate-connects" || !req.GetValidateOnly()) {
		if conn, err := net.Dial("tcp", c.Address); err == nil {
			defer conn.Close()
		}
		if !req.GetValidateOnly() {
			return refuse(core.Problem{Class: core.ClassTransient, Message: "nobody answers"})
		}
	}
	if req.GetValidateOnly() {
		return &sourcepb.ConfigureResponse{}, nil
	}
	if f.fault == "stdout-noise" {
		fmt.Fprintln(f.stdout, "connected to the system")
	}
	password := req.GetSecrets()["password"]
	if f.fault == "secret-logged" {
		fmt.Fprintf(os.Stderr, "connecting with password=%s\n", password)
	}
	if password != goodPassword {
		p := core.Problem{Class: core.ClassAuth, Message: "the account is refused"}
		switch f.fault {
		case "auth-bug":
			p.Class = core.ClassBug
		case "secret-told":
			p.Message = "login failed for user=reader password=" + password
		}
		return refuse(p)
	}
	f.configured = c
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return &sourcepb.ConfigureResponse{RecordTypes: f.recordTypes()}, nil
}

// types are what the fake can be asked for.
func (f *fake) types() []sdk.RecordType {
	match := sdk.MatchExact
	if f.fault == "odd-match" {
		match = "roughly"
	}
	t := sdk.RecordType{Name: "ticket", Keys: []sdk.Key{{Kinds: []core.Kind{core.Email}, Match: match},
		{Kinds: []core.Kind{core.Name, core.DateOfBirth}, Match: sdk.MatchTerms}},
		Fields: []string{"title", "requester.email", "comment/text"}}
	if f.fault == "empty-field" {
		t.Fields = append(t.Fields, "requester.phone")
	}
	return []sdk.RecordType{t}
}

func (f *fake) recordTypes() []*sourcepb.RecordType {
	var out []*sourcepb.RecordType
	for _, t := range f.types() {
		m := &sourcepb.RecordType{Name: t.Name, Fields: t.Fields}
		for _, k := range t.Keys {
			key := &sourcepb.Key{Match: string(k.Match)}
			for _, kind := range k.Kinds {
				key.Kinds = append(key.Kinds, string(kind))
			}
			m.Keys = append(m.Keys, key)
		}
		out = append(out, m)
	}
	return out
}

// now gives the configuration, or why there is none.
func (f *fake) now() (*fakeConfig, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.configured == nil {
		return nil, sourcepb.Status(core.Problem{Class: core.ClassBug, Origin: core.OriginHost, Message: "not configured"})
	}
	return f.configured, nil
}

func (f *fake) Check(context.Context, *sourcepb.CheckRequest) (*sourcepb.CheckResponse, error) {
	if _, err := f.now(); err != nil {
		return nil, err
	}
	r := &sourcepb.CheckResponse{Steps: []*sourcepb.Step{{Name: "connect", Status: sourcepb.StepStatus_STEP_STATUS_OK}}}
	if f.fault != "no-proof" {
		r.Steps = append(r.Steps, &sourcepb.Step{Name: "read-only", Status: sourcepb.StepStatus_STEP_STATUS_OK})
	}
	if f.fault == "check-fails" {
		r.Steps = append(r.Steps, &sourcepb.Step{Name: "columns", Status: sourcepb.StepStatus_STEP_STATUS_FAIL,
			Problem: sourcepb.FromProblem(core.Problem{Class: core.ClassUnmapped, Message: "a column is not mapped"})})
	}
	return r, nil
}

func (f *fake) Close(context.Context, *sourcepb.CloseRequest) (*sourcepb.CloseResponse, error) {
	f.mu.Lock()
	f.ever = true
	if f.configured != nil {
		f.cancel()
	}
	f.configured = nil
	f.closes++
	closes := f.closes
	f.mu.Unlock()
	f.running.Wait()
	if f.fault == "close-once" && closes == 3 {
		return nil, sourcepb.Status(core.Problem{Class: core.ClassBug, Message: "closed already"})
	}
	return &sourcepb.CloseResponse{}, nil
}

func (f *fake) Discover(req *sourcepb.DiscoverRequest, out grpc.ServerStreamingServer[sourcepb.DiscoverEvent]) error {
	if _, err := f.now(); err != nil {
		return err
	}
	digest := sourcepb.NewDigest()
	tables := []string{"ticket", "person"}
	for _, name := range tables {
		digest.Add(name)
		digest.Add("email")
		c := &sourcepb.Column{Name: "email", Type: "text", CandidateKinds: []string{"email"}, Filled: 7}
		if req.GetAllowSamples() || f.fault == "samples" {
			c.Samples = []string{"maija@example.fi"}
		}
		if err := out.Send(&sourcepb.DiscoverEvent{Table: name, Rows: 7, Columns: []*sourcepb.Column{c}}); err != nil {
			return err
		}
	}
	end := &sourcepb.DiscoverEnd{Result: sourcepb.Result_RESULT_COMPLETE, Tables: 2, Digest: digest.Sum()}
	if f.fault == "discover-count" {
		end.Tables = 3
	}
	return out.Send(&sourcepb.DiscoverEvent{End: end})
}

// picture is the attachment of the fake.
func picture() []byte {
	b := make([]byte, 700_001)
	for i := range b {
		b[i] = byte(i * i >> 8)
	}
	return b
}

const pictureRef = "ticket/1/attachment/1"

func (f *fake) Fetch(req *sourcepb.FetchRequest, out grpc.ServerStreamingServer[sourcepb.FetchChunk]) error {
	if _, err := f.now(); err != nil {
		return err
	}
	if req.GetRef() != pictureRef {
		return sourcepb.Status(core.Problem{Class: core.ClassData, Message: "there is no such attachment"})
	}
	b := picture()
	sum := sha256.Sum256(b)
	at := int(req.GetOffset())
	if f.fault == "fetch-offset" && at > 0 {
		b[at] ^= 1
	}
	for at < len(b) {
		n := min(sourcepb.MaxChunk, len(b)-at)
		if err := out.Send(&sourcepb.FetchChunk{Offset: uint64(at), Data: b[at : at+n]}); err != nil {
			return err
		}
		at += n
	}
	last := &sourcepb.FetchChunk{Offset: uint64(len(b)), Sha256: sum[:], Size: uint64(len(b))}
	if f.fault == "fetch-no-end" {
		return nil
	}
	return out.Send(last)
}
