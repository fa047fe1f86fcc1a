package restsource

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// signIn puts the credentials into requests.
type signIn struct {
	set   func(*http.Request)
	oauth *clientcredentials.Config
	http  *http.Client

	mu    sync.Mutex
	token *oauth2.Token // in memory only
}

func newSignIn(c Config, client *http.Client) (*signIn, error) {
	a := Auth{Type: "none"}
	if c.Auth != nil {
		a = *c.Auth
	}
	s := &signIn{http: client, set: func(*http.Request) {}}
	for name, secret := range map[string]struct {
		value sdk.Secret
		typ   string
	}{"password": {c.Password, "basic"}, "token": {c.Token, "bearer"}, "client_secret": {c.ClientSecret, "oauth2"}, "api_key": {c.APIKey, "api_key"}} {
		switch {
		case a.Type == secret.typ && secret.value == "":
			return nil, sdk.ConfigError("secrets."+name, "auth of the type %s needs this secret", a.Type)
		case a.Type != secret.typ && secret.value != "":
			return nil, sdk.ConfigError("auth.type", "there is a secret %s, and auth does not use it; say how it is meant", name)
		}
	}
	switch a.Type {
	case "none":
	case "basic":
		if a.User == "" {
			return nil, sdk.ConfigError("auth.user", "name the account")
		}
		s.set = func(r *http.Request) { r.SetBasicAuth(a.User, c.Password.Reveal()) }
	case "bearer":
		scheme := a.Scheme
		if scheme == "" {
			scheme = "Bearer"
		}
		return s, s.header("Authorization", scheme+" "+c.Token.Reveal())
	case "api_key":
		return s, s.apiKey(a, c.APIKey.Reveal())
	case "oauth2":
		u, err := address("auth.token_url", a.TokenURL, c.Insecure)
		if err != nil {
			return nil, err
		}
		if a.ClientID == "" {
			return nil, sdk.ConfigError("auth.client_id", "name the application")
		}
		s.oauth = &clientcredentials.Config{ClientID: a.ClientID, ClientSecret: c.ClientSecret.Reveal(), TokenURL: u.String(), Scopes: a.Scopes}
	default:
		return nil, sdk.ConfigError("auth.type", "want none, basic, bearer, oauth2 or api_key")
	}
	return s, nil
}

func (s *signIn) header(name, value string) error {
	value = strings.TrimSpace(value)
	if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return sdk.ConfigError("auth", "the header and the secret are no header of HTTP")
	}
	s.set = func(r *http.Request) { r.Header.Set(name, value) }
	return nil
}

func (s *signIn) apiKey(a Auth, key string) error {
	switch {
	case (a.Header == "") == (a.Parameter == ""):
		return sdk.ConfigError("auth.header", "say in which header the key stands, or else in which parameter")
	case a.Header != "":
		return s.header(a.Header, a.Scheme+" "+key)
	}
	s.set = func(r *http.Request) {
		q := r.URL.Query()
		q.Set(a.Parameter, key)
		r.URL.RawQuery = q.Encode()
	}
	return nil
}

// sign puts the credentials into a request, and gives the token that was used.
func (s *signIn) sign(ctx context.Context, r *http.Request) (*oauth2.Token, error) {
	if s.oauth == nil {
		s.set(r)
		return nil, nil //nolint:nilnil // no token is in use
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.token.Valid() {
		t, err := s.oauth.Token(context.WithValue(ctx, oauth2.HTTPClient, s.http))
		if err != nil {
			return nil, tokenProblem(ctx, err)
		}
		s.token = t
	}
	s.token.SetAuthHeader(r)
	return s.token, nil
}

// drop forgets a token that the service refused, and tells whether a new one
// is worth a try.
func (s *signIn) drop(t *oauth2.Token) bool {
	if t == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == t {
		s.token = nil
	}
	return true
}

// tokenProblem classifies a refusal to give a token. What the server wrote is
// left out.
func tokenProblem(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		switch code := refused.Response.StatusCode; {
		case code == http.StatusTooManyRequests || code >= 500:
			return sdk.TransientError("the server that gives out tokens cannot do so now", errStatus(code))
		case code == http.StatusNotFound:
			return sdk.ConfigError("auth.token_url", "there is nothing at this address")
		}
		return sdk.AuthError("the server that gives out tokens refuses the application; renew the secret client_secret, or have its owner allow client_id", errors.New("refused"))
	}
	var bad *url.Error
	if errors.As(err, &bad) {
		return connectProblem("auth.token_url", bad)
	}
	return sdk.AuthError("the server that gives out tokens did not give one", errors.New("no token"))
}
