package sdk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/sinusta/sinusta/core"
)

// ConfigError gives a *core.Problem of ClassConfig at path, the path of a
// setting below `config:` such as types.ticket.parties[0].fields.email. The
// text says what is wrong and what to do; it may name settings, tables and
// columns, never a value of a record. It is never nil.
func ConfigError(path, format string, args ...any) error {
	return &core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: path,
		Message: fmt.Sprintf(format, args...)}
}

// AuthError says that the system refuses the account. It is nil when err is.
// Of err only what cannot hold a value is shown (network, file and certificate
// errors), so msg must say enough by itself; so it is with the other
// functions here.
func AuthError(msg string, err error) error { return systemError(core.ClassAuth, msg, err) }

// TransientError says that the system cannot answer now and may later. It is
// nil when err is.
func TransientError(msg string, err error) error { return systemError(core.ClassTransient, msg, err) }

// PartialError says that a part of the system could not be examined. Returned
// from Search it makes the result partial. It is nil when err is.
func PartialError(msg string, err error) error { return systemError(core.ClassPartial, msg, err) }

// DataError says that a record breaks its declared shape. It is nil when err
// is.
func DataError(msg string, err error) error { return systemError(core.ClassData, msg, err) }

// DeferredError says that no machine can search the system: a person has to
// look. Returned from Search it defers the answer. The text says who, how and
// by when, and holds no value of an identifier. It is never nil.
func DeferredError(format string, args ...any) error {
	return &core.Problem{Class: core.ClassNeedsHuman, Origin: core.OriginSystem, Message: fmt.Sprintf(format, args...)}
}

// RateLimitedError says that the system asks to wait for after. It is nil when
// err is.
func RateLimitedError(msg string, after time.Duration, err error) error {
	if err == nil {
		return nil
	}
	p := problemOf(systemError(core.ClassRateLimited, msg, err))
	p.RetryAfter = after
	return p
}

func systemError(class core.Class, msg string, err error) error {
	if err == nil {
		return nil
	}
	if cause := safeCause(err); cause != "" {
		msg += ": " + cause
	}
	return &core.Problem{Class: class, Origin: core.OriginSystem, Message: msg}
}

// safeCause gives the text of the first error in the chain whose type cannot
// hold a value of a record.
func safeCause(err error) string {
	var (
		op       *net.OpError
		dns      *net.DNSError
		path     *fs.PathError
		errno    syscall.Errno
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		alert    tls.AlertError
		record   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &dns):
		return dns.Error()
	case errors.As(err, &path):
		return path.Error()
	case errors.As(err, &verify):
		return verify.Error()
	case errors.As(err, &unknown):
		return unknown.Error()
	case errors.As(err, &hostname):
		return hostname.Error()
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.As(err, &alert):
		return alert.Error()
	case errors.As(err, &record):
		return record.Error()
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.Is(err, context.Canceled):
		return "it was cancelled"
	default:
		return ""
	}
}

// problemOf gives the problem in err's chain. An error that holds none is a
// bug of the plugin: its text may hold anything, so only its type is told.
func problemOf(err error) *core.Problem {
	var p *core.Problem
	switch {
	case errors.As(err, &p) && p != nil:
		c := *p
		return &c
	case errors.Is(err, context.Canceled):
		return &core.Problem{Class: core.ClassCancelled, Origin: core.OriginHost, Message: "the search was cancelled"}
	case errors.Is(err, context.DeadlineExceeded):
		return &core.Problem{Class: core.ClassDeadline, Origin: core.OriginSystem,
			Message: "the system did not answer in time"}
	default:
		msg := fmt.Sprintf("the plugin returned an error of no class (%T); its author must classify it", err)
		if cause := safeCause(err); cause != "" {
			msg += ": " + cause
		}
		return &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin, Message: msg}
	}
}
