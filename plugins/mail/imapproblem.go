package mailsource

import (
	"errors"

	"github.com/emersion/go-imap/v2"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/dialing"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// The server's own words are never told, since they may hold names and
// addresses.

// dialProblem classifies an error of connecting or of TLS.
func dialProblem(err error) error {
	if err == nil {
		return nil
	}
	if p := dialing.Problem(err, "server.", "imap:// with start_tls, or the port of IMAPS"); p != nil {
		return p
	}
	return sdk.TransientError("the mail server cannot be reached; see that it is running and that the network lets us through", err)
}

// greetingProblem classifies what goes wrong before anybody signs in.
func greetingProblem(s *session, err error, startTLS bool) error {
	var refused *imap.Error
	switch {
	case err == nil && s.client.State() == imap.ConnStateAuthenticated:
		return sdk.ConfigError("server.url", "the server lets anybody in without signing in, so nothing tells whose mail it shows; have its owner ask for an account")
	case err == nil:
		return nil
	case s.watch.cause() != nil:
		return lostProblem(s, err)
	case errors.As(err, &refused) && startTLS && refused.Type != imap.StatusResponseTypeBye:
		return sdk.ConfigError("server.start_tls", "the server refuses STARTTLS; use its imaps:// address")
	case errors.As(err, &refused):
		return sdk.TransientError("the mail server lets nobody in now", err)
	}
	if p := dialProblem(err); isCertificate(p) {
		return p
	}
	return sdk.TransientError("what answers at server.url does not greet as an IMAP server does; see that the port is right (993 is encrypted from the start, 143 is not) and the server up", err)
}

func isCertificate(err error) bool {
	var p *core.Problem
	return errors.As(err, &p) && p.Class == core.ClassConfig
}

// accountProblem classifies the answer to signing in. A wrong password is
// tried once only: accounts get locked.
func accountProblem(s *session, err error) error {
	var refused *imap.Error
	if !errors.As(err, &refused) {
		return lostProblem(s, err)
	}
	auth := func(text string) error { return sdk.AuthError(text, err) }
	switch refused.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit:
		return sdk.TransientError("the mail server cannot check the account now, or has too many sessions", err)
	case imap.ResponseCodeExpired:
		return auth("the password of the account has expired; have the server's owner set a new one, and put it into the secret `password`")
	case imap.ResponseCodePrivacyRequired:
		return sdk.ConfigError("server.url", "the server wants an encrypted connection; set start_tls or use imaps://")
	case imap.ResponseCodeAuthorizationFailed:
		return auth("the account may not read this mailbox; have the server's owner give it the right")
	}
	if refused.Type == imap.StatusResponseTypeBye {
		return sdk.TransientError("the mail server ends the connection while signing in", err)
	}
	return auth("the mail server refuses the account or its password; correct user or the secret `password`")
}

// lostProblem classifies an error that ends a connection.
func lostProblem(s *session, err error) error {
	switch cause := s.watch.cause(); {
	case errors.Is(cause, errSilent):
		return sdk.TransientError("the mail server did not answer in time; raise server.seconds, or search again", err)
	case errors.Is(cause, errTooMuch):
		return sdk.TransientError("the mail server sent far more than was asked for, and was cut off", err)
	}
	return sdk.TransientError("the connection to the mail server broke, or what it sends is no IMAP", err)
}

// refused tells whether the server answered, and refuses: the connection is
// well.
func refused(err error) bool {
	var e *imap.Error
	return errors.As(err, &e) && e.Type != imap.StatusResponseTypeBye
}
