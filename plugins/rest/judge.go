package restsource

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// judge tells what an answer means: its tree, nil for a declared "nothing", or
// the problem.
func (a *asker) judge(c *call, res *http.Response, data []byte, retry time.Duration) (any, error) {
	code := res.StatusCode
	nothing := func(way string) bool { return oneOf(way, c.plan.config.Nothing...) }
	mediaType, params, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if enc := res.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") && code < 300 {
		return nil, sdk.DataError("the answer is packed in a way that was not asked for", errors.New(strconv.Quote(enc)))
	}
	tree, bad := a.parse(data, mediaType, params["charset"])
	if bad == nil {
		if done, err := a.byRule(c, code, tree, retry); done {
			return nil, err
		}
	}
	switch {
	case code == http.StatusNotFound && nothing("404"), code == http.StatusNoContent && nothing("204"):
		return nil, nil
	case code == http.StatusUnauthorized:
		return nil, refusal(c.plan, res, time.Now())
	case code < 200 || code >= 300:
		return nil, statusProblem(c.plan, code, retry)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, sdk.DataError("the service answered with nothing at all, which proves nothing; say `nothing: [204]` if that is its way to say that nobody is found", errStatus(code))
	case bad != nil && webPage(mediaType, data):
		return nil, sdk.AuthError("the service answered with a web page in place of data: mostly a sign-in page; renew the account, or correct url", errors.New("a web page"))
	case bad != nil:
		return nil, answerProblem(bad)
	case tree == nil:
		if nothing("null") {
			return nil, nil
		}
		return nil, noRecords(c.plan)
	}
	if _, fault := faultRoute.raw(tree); fault {
		return nil, sdk.TransientError("the service answered with a SOAP fault; see its log, and name the fault under errors", errors.New("SOAP fault"))
	}
	return tree, nil
}

var faultRoute = route{"Envelope", "Body", "Fault"}

func (a *asker) parse(data []byte, mediaType, named string) (any, error) {
	if a.config.Format == "xml" && named == "" {
		named = declared(data)
	}
	text, err := decodeText(data, named, a.config.Charset)
	if err != nil {
		return nil, err
	}
	if a.config.Format == "xml" {
		if mediaType == "text/html" {
			return nil, errForm
		}
		return parseXML(text)
	}
	return parseJSON(text)
}

// declared gives the encoding that an XML document names itself.
func declared(data []byte) string {
	head := string(data[:min(len(data), 200)])
	if !strings.HasPrefix(strings.TrimPrefix(head, "\xef\xbb\xbf"), "<?xml") {
		return ""
	}
	head, _, _ = strings.Cut(head, "?>")
	_, rest, ok := strings.Cut(head, "encoding=")
	if !ok || len(rest) < 2 {
		return ""
	}
	name, _, _ := strings.Cut(rest[1:], rest[:1])
	return name
}

func webPage(mediaType string, data []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(data[:min(len(data), 512)])))
	return mediaType == "text/html" || mediaType == "application/xhtml+xml" || strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// byRule looks for a declared rule that fits; done tells that there is one.
func (a *asker) byRule(c *call, code int, tree any, retry time.Duration) (done bool, err error) {
	for n, rule := range a.config.Errors {
		if rule.Status != 0 && rule.Status != code || !a.errorRoutes[n].fits(tree, rule) {
			continue
		}
		if rule.Class == "nothing" {
			return true, nil
		}
		message := rule.Message
		if message == "" {
			message = "the service answered with an error that the mapping knows"
		}
		return true, &core.Problem{Class: core.Class(rule.Class), Origin: core.OriginSystem, RetryAfter: retry,
			Message: message + " (HTTP status " + strconv.Itoa(code) + ")", ConfigPath: c.plan.path}
	}
	return false, nil
}

func (r route) fits(tree any, rule ErrorRule) bool {
	if rule.Path == "" {
		return true
	}
	found, ok := r.at(tree)
	if !ok {
		return false
	}
	for _, v := range found {
		text, has := plain(v)
		if has && (rule.Equals == "" || text == rule.Equals) {
			return true
		}
	}
	return false
}

func noRecords(p *requestPlan) error {
	return sdk.DataError("the answer holds no list of records where the mapping says ("+p.path+".records): the service answered with something else, such as an error in place of data", errors.New("no records"))
}

// records gives the records of an answer.
func (a *asker) records(out *answer) ([]any, error) {
	p := out.call.plan
	if out.nothing {
		return nil, nil
	}
	node, found := p.records.raw(out.tree)
	if a.config.Format == "xml" && len(p.records) > 0 {
		// The element around the list must be there; the list may be empty.
		around, ok := p.records[:len(p.records)-1].raw(out.tree)
		if _, isText := around.(string); !ok || isText && strings.TrimSpace(around.(string)) != "" { //nolint:forcetypeassert // just looked at
			return nil, noRecords(p)
		}
		if !found {
			return nil, nil
		}
	}
	switch {
	case !found && oneOf("missing", p.config.Nothing...), found && node == nil && oneOf("null", p.config.Nothing...):
		return nil, nil
	case !found:
		return nil, noRecords(p)
	}
	list, isList := node.([]any)
	_, isObject := node.(map[string]any)
	switch {
	case isList && p.config.Single, !isList && !isObject:
		return nil, noRecords(p)
	case isList:
		for _, v := range list {
			if _, ok := v.(map[string]any); !ok {
				return nil, noRecords(p)
			}
		}
		return list, nil
	case p.config.Single, a.config.Format == "xml":
		return []any{node}, nil
	}
	return nil, noRecords(p)
}
