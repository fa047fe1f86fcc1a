package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"

	"google.golang.org/grpc"
)

// Transport is how the connection between the host and a plugin is guarded.
type Transport string

// The transports. On a Unix socket in the host's private folder TLS mainly
// keeps other processes of the same user from answering in a plugin's place,
// or from asking it; where plugins listen on TCP (Windows), it is essential.
const (
	// TransportDefault is TransportSDK for built-in plugins and
	// TransportAutoMTLS for programs.
	TransportDefault Transport = ""
	// TransportSDK is mutual TLS 1.3 with P-256 keys that the host makes and
	// gives the plugin on its standard input. Plugins written with
	// plugins/sdk know it.
	TransportSDK Transport = "sdk"
	// TransportAutoMTLS is go-plugin's AutoMTLS, which its documentation
	// describes for every language: each side makes a key for this connection.
	TransportAutoMTLS Transport = "automtls"
	// TransportUnixPrivate is no TLS, for languages in which AutoMTLS is hard.
	// The plugin must listen on a Unix socket in the folder that it is given,
	// and the host looks at the kernel's word that the listener is the process
	// that it started, or one of its group. Nothing keeps another process of
	// the same user from asking the plugin. Linux only.
	TransportUnixPrivate Transport = "unix-private"
)

// Transports lists the transports that can be named.
func Transports() []Transport {
	return []Transport{TransportAutoMTLS, TransportUnixPrivate, TransportSDK}
}

// transportNames gives them for people.
func transportNames() string {
	var names []string
	for _, t := range Transports() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// transportOf gives the transport of a plugin.
func transportOf(spec Spec) (Transport, error) {
	t := spec.Transport
	switch {
	case t == TransportDefault && spec.Program == nil:
		return TransportSDK, nil
	case t == TransportDefault:
		return TransportAutoMTLS, nil
	case t == TransportUnixPrivate && runtime.GOOS != "linux":
		return "", errors.New("the transport unix-private works on Linux only")
	case slices.Contains(Transports(), t):
		return t, nil
	default:
		return "", fmt.Errorf("there is no transport %q; there are: %s", t, transportNames())
	}
}

// dialOptions gives what the transport adds to go-plugin's connection.
func (v *supervisor) dialOptions() []grpc.DialOption {
	if v.transport != TransportUnixPrivate {
		return nil
	}
	return []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		conn, err := v.dialPeer(ctx)
		if err != nil {
			v.peer.Store(&err)
		}
		return conn, err
	})}
}

// dialPeer connects to the plugin's socket and makes sure of who listens there.
func (v *supervisor) dialPeer(ctx context.Context) (net.Conn, error) {
	if v.addr == nil || v.addr.Network() != "unix" {
		return nil, errors.New("the plugin does not listen on a Unix socket")
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", v.addr.String())
	if err != nil {
		return nil, fmt.Errorf("connect to the plugin: %w", err)
	}
	if err := ofGroup(conn, v.proc.group()); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// group gives the number of the process and its group, 0 when there is none
// or it is reaped.
func (p *process) group() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.pid, 0)
}

// offersCertificate tells whether a handshake has the certificate of AutoMTLS.
// Without one go-plugin would trust the certificates of the machine.
func offersCertificate(handshake string) bool {
	parts := strings.Split(handshake, "|")
	return len(parts) >= 6 && len(strings.TrimSpace(parts[5])) > 50
}
