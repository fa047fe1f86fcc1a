package restsource

import (
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// findCases is a SOAP service of tickets.
const findCases = `
format: xml
errors:
  - {path: Envelope.Body.Fault.faultcode, equals: "soap:Client.Auth", class: auth, message: the service does not accept the account}
types:
  ticket:
    search:
      - by: [email]
        method: POST
        path: /services/Cases
        soap: "1.1"
        action: urn:cases#FindCases
        xml: {name: FindCases, namespace: "urn:cases", children: [{name: customer, children: [{name: email, text: {identifier: email, as: normal}}]}]}
        records: Envelope.Body.FindCasesResponse.cases.case
    key: ["@id"]
    fields: {title: title, description: note}
    parties: [{slot: requester, path: customer, fields: {name: name, email: email}}]
    parts:
      - {type: comment, path: comments.comment, key: ["@nr"], fields: {text: "#text"}}
`

func soapAnswer(inner string) string {
	return `<?xml version="1.0" encoding="utf-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` + inner + `</S:Body></S:Envelope>`
}

func TestASOAPServiceIsAskedAndRead(t *testing.T) {
	one := `<c:case id="7"><title>Tulostin &amp; muut</title><note><![CDATA[<b>rivi</b>]]></note><customer><name>Esimerkki Maija</name><email>` + maija +
		`</email></customer><comments><comment nr="1">Hei</comment><comment nr="2">Taas</comment></comments></c:case>`
	var inner string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = io.WriteString(w, soapAnswer(`<c:FindCasesResponse xmlns:c="urn:cases">`+inner+`</c:FindCasesResponse>`))
	})
	i := opened(t, config(t, s, findCases))
	inner = `<cases>` + one + `</cases>`
	h := finds(t, i, "one case", by(key(t, core.Email, maija)), "ticket/7")
	title, _ := core.First(h.records[0].Fields, "title")
	if note, _ := core.First(h.records[0].Fields, "description"); title.Text != "Tulostin & muut" || note.Text != "<b>rivi</b>" || len(h.records[0].Parts) != 2 {
		t.Errorf("%q %q, %d parts", title.Text, note.Text, len(h.records[0].Parts))
	}
	r := s.asked()[0]
	var sent struct {
		Body struct {
			Find struct {
				Email string `xml:"customer>email"`
			} `xml:"urn:cases FindCases"`
		} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
	}
	if err := xml.Unmarshal([]byte(r.body), &sent); err != nil || sent.Body.Find.Email != maija || r.Header.Get("SOAPAction") != `"urn:cases#FindCases"` || r.Method != http.MethodPost {
		t.Errorf("%s %v %s: %v", r.Method, r.Header, r.body, err)
	}
	for _, none := range []string{`<cases/>`, `<cases></cases>`, "<cases>\n</cases>"} {
		inner = none
		finds(t, i, none, by(key(t, core.Email, maija)))
	}
	inner = `<cases>` + one + strings.Replace(one, `id="7"`, `id="8"`, 1) + `</cases>`
	finds(t, i, "two cases", by(key(t, core.Email, maija)), "ticket/7", "ticket/8")
}

// Faults in answers of success, and XML that attacks its reader.
func TestXMLThatIsNoAnswer(t *testing.T) {
	deep := strings.Repeat("<a>", 100_000)
	for name, c := range map[string]struct {
		code int
		body string
		want core.Class
	}{
		"a fault with 200": {200, soapAnswer(`<S:Fault><faultcode>S:Server</faultcode><faultstring>maija</faultstring></S:Fault>`), core.ClassTransient},
		"a fault with 500": {500, soapAnswer(`<S:Fault><faultcode>S:Server</faultcode></S:Fault>`), core.ClassTransient},
		"a known fault":    {500, soapAnswer(`<S:Fault><faultcode>soap:Client.Auth</faultcode></S:Fault>`), core.ClassAuth},
		"a login page":     {200, `<!DOCTYPE html><html><body><form/></body></html>`, core.ClassAuth},
		"another answer":   {200, soapAnswer(`<FindPeopleResponse/>`), core.ClassData},
		"entities":         {200, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`, core.ClassData},
		"an outer entity":  {200, `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`, core.ClassData},
		"unknown entity":   {200, soapAnswer(`<a>&lol;</a>`), core.ClassData},
		"too deep":         {200, deep, core.ClassData},
		"cut off":          {200, soapAnswer(`<a/>`)[:100], core.ClassData},
		"two documents":    {200, soapAnswer(`<a/>`) + soapAnswer(`<a/>`), core.ClassData},
		"nothing":          {200, "", core.ClassData},
		"JSON":             {200, `{"cases":[]}`, core.ClassData},
		"text in the list": {200, soapAnswer(`<FindCasesResponse><cases>error 17</cases></FindCasesResponse>`), core.ClassData},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/xml")
				w.WriteHeader(c.code)
				_, _ = io.WriteString(w, c.body)
			})
			h, err := ask(t, opened(t, config(t, s, findCases)), by(key(t, core.Email, maija)))
			if classOf(err) != c.want || len(h.records) > 0 || err != nil && strings.Contains(err.Error(), "maija") {
				t.Errorf("%q, want %q: %v", classOf(err), c.want, err)
			}
		})
	}
}

func TestXMLInOtherEncodings(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="ISO-8859-1"?><Envelope><Body><FindCasesResponse><cases><case id="1"><title>`+"\xc4kki"+`</title><customer><email>`+maija+`</email></customer></case></cases></FindCasesResponse></Body></Envelope>`)
	})
	h := finds(t, opened(t, config(t, s, findCases)), "Latin-1", by(key(t, core.Email, maija)), "ticket/1")
	if title, _ := core.First(h.records[0].Fields, "title"); title.Text != "Äkki" || !slices.Equal(h.classes(), []core.Class{}) {
		t.Errorf("%q", title.Text)
	}
}
