// Package dialing tells what is wrong when a plugin cannot connect to a server:
// its certificate, its port or its name, in words that say what to do.
package dialing

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// Problem classifies an error of connecting or of TLS as one of the
// configuration, nil where it is none. under stands before the settings url and
// ca_file, such as "server."; instead says what to use where the server does
// not speak TLS.
func Problem(err error, under, instead string) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		header   tls.RecordHeaderError
		dns      *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return sdk.ConfigError(under+"ca_file", "the server's certificate is signed by an authority that is not trusted here; put the authority's PEM file into ca_file")
	case errors.As(err, &hostname):
		return sdk.ConfigError(under+"url", "the server's certificate is for another host; write the host as the certificate has it, or have the server's owner renew it")
	case errors.As(err, &invalid):
		return sdk.ConfigError(under+"url", "the server's certificate is not valid, or no longer; the server's owner must renew it")
	case errors.As(err, &header):
		return sdk.ConfigError(under+"url", "the server does not speak TLS on this port; use %s", instead)
	case errors.As(err, &dns) && dns.IsNotFound:
		return sdk.ConfigError(under+"url", "the server's host name is not known; correct it")
	}
	return nil
}
