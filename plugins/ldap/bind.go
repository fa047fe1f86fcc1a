package ldapsource

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// bind signs in, if there is an account. A remark says what will keep the
// account from signing in soon, if anything.
func (e *endpoint) bind(ctx context.Context, conn *ldap.Conn) (remark string, err error) {
	if e.bindDN == "" {
		return "", nil
	}
	result, err := conn.SimpleBind(&ldap.SimpleBindRequest{Username: e.bindDN, Password: e.password.Reveal(),
		Controls: []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}})
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	policy, remark := passwordPolicy(result)
	switch {
	case policy != "" && (err == nil || ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials)):
		return "", accountProblem(policy)
	case err != nil:
		return "", bindProblem(err)
	}
	return remark, nil
}

// passwordPolicy reads what a server adds to its answer about the account's
// password (draft-behera-ldap-password-policy, draft-vchu-ldap-pwd-policy): a
// fault that ends the search, or a remark.
func passwordPolicy(result *ldap.SimpleBindResult) (fault, remark string) {
	if result == nil {
		return "", ""
	}
	for _, control := range result.Controls {
		switch c := control.(type) {
		case *ldap.ControlVChuPasswordMustChange:
			return mustChange, ""
		case *ldap.ControlBeheraPasswordPolicy:
			switch {
			case c.Error == ldap.BeheraPasswordExpired:
				return passwordExpired, ""
			case c.Error == ldap.BeheraAccountLocked:
				return accountLocked, ""
			case c.Error == ldap.BeheraChangeAfterReset:
				return mustChange, ""
			case c.Grace >= 0:
				remark = "the password of the account has expired and works a few times more; have it changed now"
			case c.Expire >= 0:
				remark = "the password of the account expires soon; have it changed"
			}
		case *ldap.ControlVChuPasswordWarning:
			remark = "the password of the account expires soon; have it changed"
		}
	}
	return "", remark
}

// What is wrong with an account, and what to do.
const (
	wrongPassword   = "the directory refuses the account or its password; correct bind_dn or the secret `password`"
	unknownAccount  = "the directory knows no such account; correct bind_dn"
	passwordExpired = "the password of the account has expired; have the directory's owner set a new one, and put it into the secret `password`"
	mustChange      = "the password of the account must be changed before it may search; have the directory's owner set one that need not be, and put it into the secret `password`"
	accountDisabled = "the account is disabled; have the directory's owner enable it, or use another"
	accountExpired  = "the account has expired; have the directory's owner extend it"
	accountLocked   = "the account is locked; have the directory's owner unlock it, and see that nothing signs in to it with an old password"
	wrongHours      = "the account may not sign in at this hour; have the directory's owner allow it"
	wrongPlace      = "the account may not sign in from this machine; have the directory's owner allow it"
	tooManyGroups   = "the account is in too many groups for the directory; use another"
	wantsBinding    = "the directory wants the sign-in to be bound to an encrypted channel; use ldaps://, or start_tls without a proxy between"
)

func accountProblem(message string) error {
	return &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, Message: message}
}

// subCode is the number by which Active Directory says why it refuses an
// account: `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext
// error, data 52e, v3839`.
var subCode = regexp.MustCompile(`\bdata ([0-9a-fA-F]{1,8})\b`)

// refusal gives what Active Directory's number means (the error codes of
// Windows, in hexadecimal), else what the result alone says.
func refusal(e *ldap.Error) string {
	m := subCode.FindStringSubmatch(diagnostic(e))
	if m == nil {
		return wrongPassword
	}
	switch strings.ToLower(m[1]) {
	case "525":
		return unknownAccount
	case "530":
		return wrongHours
	case "531", "534", "569":
		return wrongPlace
	case "532":
		return passwordExpired
	case "533":
		return accountDisabled
	case "568":
		return tooManyGroups
	case "701":
		return accountExpired
	case "773":
		return mustChange
	case "775":
		return accountLocked
	case "80090346":
		return wantsBinding
	}
	return wrongPassword
}

// diagnostic gives the server's own words. They may hold values, so they are
// looked at and never shown.
func diagnostic(e *ldap.Error) string {
	if e == nil || e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// wantsSignIn tells whether Active Directory refuses a search because nobody
// signed in (000004DC).
func wantsSignIn(e *ldap.Error) bool {
	return strings.HasPrefix(strings.ToUpper(diagnostic(e)), "000004DC")
}

// bindProblem classifies an error of binding.
func bindProblem(err error) error {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return requestProblem(err)
	}
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		return accountProblem(refusal(e))
	case ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultStrongAuthRequired:
		// Active Directory says 8 when it demands signed connections, which an
		// encrypted one makes needless ([MS-ADTS] 5.1.1.1.1).
		return encryptionProblem()
	case ldap.LDAPResultInvalidDNSyntax:
		return sdk.ConfigError("bind_dn", "the directory says that this is no DN")
	case ldap.LDAPResultAuthMethodNotSupported:
		return sdk.ConfigError("bind_dn", "the directory takes no account with a password (%s); have its owner allow simple binds over an encrypted connection", codeName(e.ResultCode))
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultUnwillingToPerform:
		return sdk.AuthError("the directory does not let the account in ("+codeName(e.ResultCode)+"); ask its owner", errCode(e))
	}
	return requestProblem(err)
}

func encryptionProblem() error {
	return sdk.ConfigError("start_tls", "the directory takes a password over an encrypted connection only; set start_tls or use ldaps://")
}
