package ldapsource

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/dialing"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// errNoTime says that the attribute of a record's time holds none.
var errNoTime = errors.New("the attribute of the record's time holds no time in the form of a directory (20240131080000Z) or a file time")

// dialProblem classifies an error of connecting or of TLS.
func dialProblem(err error) error {
	if err == nil {
		return nil
	}
	if p := dialing.Problem(err, "", "ldap:// with start_tls, or the port of LDAPS"); p != nil {
		return p
	}
	return sdk.TransientError("the directory server cannot be reached; see that it is running and that the network lets us through", inner(err))
}

// startTLSProblem classifies an error of StartTLS. go-ldap gives the error of
// the handshake as text, so the certificate errors are told by their words.
func startTLSProblem(err error) error {
	var e *ldap.Error
	if errors.As(err, &e) && e.ResultCode < ldap.ErrorNetwork {
		return sdk.ConfigError("start_tls", "the server refuses StartTLS (%s); use its ldaps:// address", codeName(e.ResultCode))
	}
	switch text := err.Error(); {
	case strings.Contains(text, x509.UnknownAuthorityError{}.Error()):
		return dialProblem(x509.UnknownAuthorityError{})
	case strings.Contains(text, "x509: certificate is valid for"), strings.Contains(text, "x509: certificate is not valid for"),
		strings.Contains(text, "x509: cannot validate certificate"):
		return dialProblem(x509.HostnameError{Certificate: &x509.Certificate{}})
	case strings.Contains(text, "x509: "):
		return dialProblem(x509.CertificateInvalidError{Reason: x509.Expired})
	}
	return dialProblem(err)
}

// requestProblem classifies an error of a search. The server's own text is
// left out, since it may hold values.
func requestProblem(err error) error {
	var e *ldap.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &e):
		return sdk.TransientError("the directory's answer could not be read", err)
	}
	name := codeName(e.ResultCode)
	switch e.ResultCode {
	case ldap.LDAPResultNoSuchObject:
		return sdk.ConfigError("base_dn", "there is no such entry in the directory, or the account may not see it; correct the DN or the account's rights")
	case ldap.LDAPResultReferral:
		return sdk.ConfigError("base_dn", "this part of the directory lies on another server; ask that server, as a source of its own")
	case ldap.LDAPResultInvalidDNSyntax:
		return sdk.ConfigError("base_dn", "the directory says that this is no DN")
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		return encryptionProblem()
	case ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultOperationsError, ldap.LDAPResultInappropriateAuthentication,
		ldap.LDAPResultAuthorizationDenied:
		if wantsSignIn(e) {
			return sdk.AuthError("the directory answers nobody who has not signed in; set bind_dn and the secret `password`", errCode(e))
		}
		return sdk.AuthError("the directory does not let the account search ("+name+"); ask its owner for reading rights", errCode(e))
	case ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultUnavailableCriticalExtension, ldap.LDAPResultProtocolError:
		// The same question meets the same answer later.
		return sdk.AuthError("the directory does not answer this search by its own rules ("+name+"); ask its owner to let the reading account search", errCode(e))
	case ldap.LDAPResultUndefinedAttributeType, ldap.LDAPResultInappropriateMatching:
		return sdk.ConfigError("types", "the directory does not know an attribute of the mapping, or cannot compare it (%s)", name)
	case ldap.LDAPResultAliasProblem, ldap.LDAPResultAliasDereferencingProblem, ldap.LDAPResultLoopDetect:
		return sdk.ConfigError("aliases", "an alias of the directory leads nowhere or in a circle (%s); have its owner correct it, or say `aliases: never`", name)
	case ldap.ErrorNetwork:
		return sdk.TransientError("the connection to the directory broke or took too long", inner(err))
	case ldap.ErrorFilterCompile, ldap.ErrorUnexpectedMessage, ldap.ErrorUnexpectedResponse, ldap.ErrorDebugging:
		return &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin, Message: fmt.Sprintf("the directory and the plugin do not understand each other (client error %d)", e.ResultCode)}
	}
	return sdk.TransientError("the directory refuses the search now ("+name+")", errCode(e))
}

// limited tells whether an answer ended at a bound of the server's, and which.
func limited(err error) (string, bool) {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return "", false
	}
	switch e.ResultCode {
	case ldap.LDAPResultSizeLimitExceeded:
		return "size limit", true
	case ldap.LDAPResultTimeLimitExceeded:
		return "time limit", true
	case ldap.LDAPResultAdminLimitExceeded:
		return "administrative limit", true
	}
	return "", false
}

// pagingRefused tells whether a server may have refused a search because it
// was asked for pages: a search without them shows.
func pagingRefused(err error) bool {
	return ldap.IsErrorAnyOf(err, ldap.LDAPResultUnavailableCriticalExtension, ldap.LDAPResultUnwillingToPerform,
		ldap.LDAPResultAdminLimitExceeded, ldap.LDAPResultProtocolError)
}

// inner unwraps go-ldap's error, whose network errors say more.
func inner(err error) error {
	var e *ldap.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err
	}
	return err
}

// errCode keeps of a server's error nothing but its number.
func errCode(e *ldap.Error) error { return fmt.Errorf("LDAP result %d", e.ResultCode) }

func codeName(code uint16) string {
	if name, ok := ldap.LDAPResultCodeMap[code]; ok {
		return name
	}
	return fmt.Sprintf("LDAP result %d", code)
}

// The notices of a search. They are the same for a server and for files.

func truncatedNotice(recordType, limit string) core.Problem {
	return core.Problem{Class: core.ClassTruncated, Origin: core.OriginSystem, RecordType: recordType,
		Message: "the directory stopped at its " + limit + " before it had given every entry; have its owner raise the limit for the reading account, or allow it paged results"}
}

func referralNotice() core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem,
		Message: "a part of the directory lies on other servers and was not searched; ask them as sources of their own, name the servers under follow_referrals, or say under ignore_referrals why they hold nothing"}
}

func unmappedNotice(recordType, attribute string) core.Problem {
	return core.Problem{Class: core.ClassUnmapped, Origin: core.OriginSystem, RecordType: recordType, ConfigPath: "types." + recordType,
		Message: "the attribute " + attribute + " is neither mapped nor ignored; map it to a field, or put it under ignore with a reason"}
}

// surveyNotice tells that a server bounds its answers so that nobody can look
// whether each attribute of its entries is mapped.
func surveyNotice(recordType, limit string) core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: recordType,
		Message: "the directory stopped at its " + limit + " before every entry was looked through for attributes that are not mapped; have its owner raise the limit for the reading account"}
}

func classesNotice(classes string) core.Problem {
	return core.Problem{Class: core.ClassUnmapped, Origin: core.OriginSystem, ConfigPath: "types",
		Message: "entries of these object classes are taken by no type: " + classes + "; map them, narrow base_dn, or put the classes under ignore_classes with a reason"}
}

func schemaNotice() core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem,
		Message: "the directory's schema cannot be read, so nothing proves that the mapped attributes exist; have its owner let the reading account read the subschema"}
}

// emptyNotice tells that a directory shows no entry of a type. A directory
// hides what the account may not read, so that nobody can tell from its answer
// whether nothing is there.
func emptyNotice(recordType string, class core.Class) core.Problem {
	return core.Problem{Class: class, Origin: core.OriginSystem, RecordType: recordType, ConfigPath: "types." + recordType + ".filter",
		Message: "no entry meets the filter; correct the filter, base_dn or the account's rights, or say `may_be_empty: true` if that is right"}
}

func goneNotice(recordType string) core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: recordType,
		Message: "an entry went away or was renamed while it was read; search again"}
}

func sameRefNotice(recordType string) core.Problem {
	return core.Problem{Class: core.ClassData, Origin: core.OriginSystem, RecordType: recordType,
		Message: "two entries have one entryUUID or objectGUID; the second goes by its DN"}
}

func timeNotice(recordType string) core.Problem {
	return core.Problem{Class: core.ClassData, Origin: core.OriginSystem, RecordType: recordType, ConfigPath: "types." + recordType + ".time",
		Message: errNoTime.Error() + "; the record has no time"}
}
