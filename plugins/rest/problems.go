package restsource

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// errStatus keeps of an answer nothing but its status.
func errStatus(code int) error { return fmt.Errorf("HTTP status %d", code) }

// connectProblem classifies an error of connecting, of TLS or of reading.
func connectProblem(path string, err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		header   tls.RecordHeaderError
		alert    tls.AlertError
		dns      *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return sdk.ConfigError("ca_file", "the server's certificate is signed by an authority that is not trusted here; put the authority's PEM file into ca_file")
	case errors.As(err, &hostname):
		return sdk.ConfigError(path, "the server's certificate is for another host; write the host as the certificate has it, or have the server's owner renew it")
	case errors.As(err, &invalid):
		return sdk.ConfigError(path, "the server's certificate is not valid, or no longer; the server's owner must renew it")
	case errors.As(err, &header):
		return sdk.ConfigError(path, "the server does not speak TLS on this port; correct the address")
	case errors.As(err, &alert):
		return sdk.AuthError("the server refuses the connection's certificate; see cert_file and the secret client_key", alert)
	case errors.As(err, &dns) && dns.IsNotFound:
		return sdk.ConfigError(path, "the server's host name is not known; correct it")
	}
	return sdk.TransientError("the service cannot be reached, or broke off its answer; see that it is running and that the network lets us through", err)
}

// statusProblem classifies a status that is no success.
func statusProblem(r *requestPlan, code int, retry time.Duration) error {
	path := r.path
	switch {
	case code >= 300 && code < 400:
		return sdk.AuthError("the service sends us to another address, which is not followed: mostly a sign-in page; renew the account, or correct url", errStatus(code))
	case code == http.StatusUnauthorized:
		return sdk.AuthError("the service does not accept the account; renew it", errStatus(code))
	case code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return sdk.AuthError("the service does not let the account read this; have its owner give it the right to read", errStatus(code))
	case code == http.StatusNotFound, code == http.StatusGone:
		return sdk.ConfigError(path+".path", "the service has nothing at this address (HTTP status %d); correct the path, or say `nothing: [404]` if that is its way to say that nobody is found", code)
	case code == http.StatusRequestTimeout, code == http.StatusConflict, code == http.StatusTooEarly, code == http.StatusLocked:
		return sdk.TransientError("the service cannot answer now", errStatus(code))
	case code == http.StatusTooManyRequests:
		return sdk.RateLimitedError("the service says that it is asked too often; set rate, or ask its owner for more", retry, errStatus(code))
	case code == http.StatusServiceUnavailable && retry > 0:
		return sdk.RateLimitedError("the service asks to wait", retry, errStatus(code))
	case code >= 500:
		return sdk.TransientError("the service failed", errStatus(code))
	}
	return sdk.ConfigError(path, "the service does not understand the request (HTTP status %d); correct it", code)
}

// skew is how far clocks may differ before a token is thought to be refused for
// it; servers mostly allow five minutes.
const skew = 5 * time.Minute

// refusal gives the problem of an account that is refused, with the service's
// clock where that may be why: a token that is not valid yet, or no longer.
func refusal(r *requestPlan, res *http.Response, now time.Time) error {
	its, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil || now.Sub(its).Abs() <= skew {
		return statusProblem(r, res.StatusCode, 0)
	}
	return sdk.AuthError(fmt.Sprintf("the service does not accept the account, and its clock differs from ours by %s, so that a token may be not valid yet or no longer; set the clocks, then renew the account",
		now.Sub(its).Abs().Round(time.Minute)), errStatus(res.StatusCode))
}

func answerProblem(err error) error {
	switch {
	case errors.Is(err, errCharset):
		return sdk.DataError("the answer is in an encoding that is not known here, or not in the one that it names; set charset, or have the service's owner correct it", err)
	case errors.Is(err, errDeep):
		return sdk.DataError(errDeep.Error()+", or has too many members; nothing of it was read", err)
	case errors.Is(err, errTwice):
		return sdk.DataError(errTwice.Error()+"; have the service's owner correct it", err)
	}
	return sdk.DataError("the answer is not well formed, or breaks off; nothing of it was read", err)
}

func notice(class core.Class, t *typePlan, path, format string, args ...any) core.Problem {
	p := core.Problem{Class: class, Origin: core.OriginSystem, ConfigPath: path, Message: fmt.Sprintf(format, args...)}
	if t != nil {
		p.RecordType = t.profile.Name
	}
	return p
}
