package dialing

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// TLS gives the settings of an encrypted connection to host, TLS 1.2 at least;
// an empty host is for whoever sets it for each connection, as net/http does.
// caFile is the PEM file of the authority that signs its certificate, empty for
// those that the system trusts; under stands before the setting ca_file in the
// error of a file that cannot be used.
func TLS(host, caFile, under string) (*tls.Config, error) {
	t := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, sdk.ConfigError(under+"ca_file", "the file cannot be read: %s", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, sdk.ConfigError(under+"ca_file", "the file holds no certificate in PEM")
	}
	return t, nil
}

// Loopback tells whether a host is this machine for certain: names of other
// kinds may lead anywhere.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
