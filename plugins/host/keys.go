package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// identity is a throw-away P-256 key with a certificate that it signed itself.
// P-256 makes a start several times cheaper than the P-521 of go-plugin's
// AutoMTLS. It never touches the disk.
type identity struct {
	name string
	cert tls.Certificate
	leaf *x509.Certificate
}

// always is the time in which a certificate is valid. A key lives as long as
// its process and is known to two, so a date guards nothing; but a clock that
// is wrong or jumps, by years where a battery is empty, would stop every
// source. The end is RFC 5280's for "no end" (section 4.1.2.5).
var always = struct{ from, to time.Time }{
	time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}

// newIdentity makes an identity for one side of a connection. Its name is
// random, so that one plugin's certificate never serves for another.
func newIdentity(usage x509.ExtKeyUsage) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails
	name := hex.EncodeToString(serial) + ".sinusta.invalid"
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: always.from, NotAfter: always.to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return &identity{name: name, leaf: leaf,
		cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}, nil
}

// clientConfig lets host talk to plugin, and to nobody else.
func clientConfig(host, plugin *identity) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(plugin.leaf)
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{host.cert},
		RootCAs: roots, ServerName: plugin.name}
}

// hello gives the plugin its identity and the host's certificate.
func hello(host, plugin *identity) (sourcepb.Hello, error) {
	key, err := x509.MarshalPKCS8PrivateKey(plugin.cert.PrivateKey)
	if err != nil {
		return sourcepb.Hello{}, fmt.Errorf("make the plugin's key: %w", err)
	}
	return sourcepb.Hello{
		Cert:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: plugin.cert.Certificate[0]}),
		Key:      pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		HostCert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: host.cert.Certificate[0]}),
	}, nil
}
