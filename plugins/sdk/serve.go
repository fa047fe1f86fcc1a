package sdk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// helloWait bounds the wait for the host's first message, and closeWait the
// farewell of an instance whose host is gone.
const (
	helloWait = 10 * time.Second
	closeWait = 500 * time.Millisecond
)

// ErrByHand is returned by Serve when no host has started the process.
var ErrByHand = errors.New("this program is a source plugin: sinusta starts it; " +
	"name it under `plugin:` in sources.yaml and try it with `sinusta sources check`")

// Serve runs the plugin and returns when the host is gone. It takes over the
// process: standard input becomes the life line to the host, standard output
// goes to standard error, and the process ends when the life line does. Called
// without a host it returns ErrByHand.
func Serve[C any](p Plugin[C]) error {
	if os.Getenv(sourcepb.CookieKey) != sourcepb.CookieValue {
		return ErrByHand
	}
	stderr := os.Stderr
	if p.Name == "" || p.Open == nil {
		fatalLine(stderr, "the plugin has no name or no Open")
		return errors.New("serve the plugin: it has no name or no Open")
	}
	lifeline, handshake, err := takeStdio()
	if err != nil {
		fatalLine(stderr, "cannot take over standard input and output")
		return fmt.Errorf("serve plugin %s: %w", p.Name, err)
	}
	config, err := greet(lifeline)
	if err != nil {
		fatalLine(stderr, err.Error())
		return fmt.Errorf("serve plugin %s: %w", p.Name, err)
	}
	blank := &scrub.Live{}
	svc := &service{describe: describe(p), log: newLogger(stderr, blank), blank: blank}
	svc.open = func(ctx context.Context, req *sourcepb.ConfigureRequest, env Env, only bool) (Instance, error) {
		var c C
		if err := decodeConfig(req.GetConfigJson(), req.GetSecrets(), &c); err != nil || only {
			return nil, err
		}
		inst, err := p.Open(ctx, c, env)
		if err == nil && inst == nil {
			err = errors.New("open gives neither an instance nor an error")
		}
		return inst, err
	}
	go watch(lifeline, svc)
	os.Stdout = handshake // go-plugin prints its line there, and then moves os.Stdout away
	serve(svc, config, stderr)
	return nil
}

// serve speaks the protocol until the host says goodbye.
func serve(svc *service, config *tls.Config, stderr io.Writer) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: sourcepb.ProtocolVersion,
			MagicCookieKey: sourcepb.CookieKey, MagicCookieValue: sourcepb.CookieValue},
		TLSProvider: func() (*tls.Config, error) { return config, nil },
		VersionedPlugins: map[int]goplugin.PluginSet{sourcepb.ProtocolVersion: {
			sourcepb.PluginName: &sourcepb.GRPCPlugin{Impl: svc}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(sourcepb.MaxMessage),
				grpc.UnaryInterceptor(guardUnary), grpc.StreamInterceptor(guardStream))...)
		},
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: stderr, JSONFormat: true}),
	})
	svc.farewell()
}

// greet reads the host's first message and makes the transport of it.
func greet(lifeline io.Reader) (*tls.Config, error) {
	type result struct {
		hello sourcepb.Hello
		err   error
	}
	got := make(chan result, 1)
	go func() {
		h, err := sourcepb.ReadHello(lifeline)
		got <- result{h, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			return nil, r.err
		}
		return transport(r.hello)
	case <-time.After(helloWait):
		return nil, fmt.Errorf("the host sent no first message within %s", helloWait)
	}
}

// transport gives mutual TLS 1.3 that lets in the host's one certificate. It
// is nil when the host leaves the transport to go-plugin.
func transport(h sourcepb.Hello) (*tls.Config, error) {
	if len(h.Cert) == 0 && len(h.HostCert) == 0 {
		return nil, nil
	}
	own, err := tls.X509KeyPair(h.Cert, h.Key)
	if err != nil {
		return nil, errors.New("the host's first message holds no usable key")
	}
	hosts := x509.NewCertPool()
	if !hosts.AppendCertsFromPEM(h.HostCert) {
		return nil, errors.New("the host's first message holds no usable certificate of the host")
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: hosts, SessionTicketsDisabled: true}, nil
}

// watch ends the process when the host closes the life line or dies.
func watch(lifeline io.Reader, svc *service) {
	_, _ = io.Copy(io.Discard, lifeline)
	svc.farewell()
	os.Exit(0)
}

// farewell closes the instance, but waits for a slow system only briefly.
func (s *service) farewell() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.shut()
	}()
	select {
	case <-done:
	case <-time.After(closeWait):
	}
}

func guardUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	if bad := guard(func() error { resp, err = next(ctx, req); return nil }); bad != nil {
		return nil, sourcepb.Status(*problemOf(bad))
	}
	return resp, err
}

func guardStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	if bad := guard(func() error { err = next(srv, stream); return nil }); bad != nil {
		return sourcepb.Status(*problemOf(bad))
	}
	return err
}
