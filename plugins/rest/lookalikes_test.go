package restsource

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/services"
)

// learning is a mapping of a plain JSON service: an API key, cursors, and what
// stands below a user as requests of their own.
const learning = `
auth: {type: api_key, header: X-Api-Key}
types:
  user:
    request:
      path: /api/v1/users
      records: data
      pages: {by: cursor, parameter: cursor, next: meta.next_cursor, stays: the cursor holds the last id}
    search:
      - {by: [email], query: {email: {identifier: email, as: normal}}}
      - {by: [employee-number], query: {employee_number: {identifier: employee-number}}}
      - {by: [name], query: {name: {identifier: name, as: family}}}
    list: {}
    key: [id]
    time: created
    fields: {status: status, created: {path: created, as: time}}
    parties: [{slot: user, fields: {name: name, email: email, employee_number: employee_number}}]
`

func learningService() *services.Learning {
	s := &services.Learning{Key: "k3y", PageSize: 7}
	add := func(id, name, mail, number string) {
		s.Users = append(s.Users, map[string]any{"id": id, "name": name, "email": mail, "employee_number": number, "status": "active", "created": "2024-03-01T08:00:00Z"})
	}
	for n := range 40 {
		add(fmt.Sprintf("u%02d", n), "Esimerkki Maija", fmt.Sprintf("maija%d@example.fi", n), fmt.Sprint(5000+n))
	}
	add("v1", "O'Brien Sean", "sean.o'brien@example.fi", "7001")
	add("v2", "Esimerkkinen Maija", "toinen@example.fi", "7002")
	return s
}

func TestAPlainServiceWithCursors(t *testing.T) {
	srv := learningService()
	s := serve(t, srv.ServeHTTP)
	conf := config(t, s, learning)
	conf.APIKey = "k3y"
	i := openedAs(t, conf, "learning")
	var all []string
	for n := range 40 {
		all = append(all, fmt.Sprintf("user/u%02d", n))
	}
	finds(t, i, "a name over six pages", by(key(t, core.Name, "Esimerkki, Maija")), all...)
	finds(t, i, "an apostrophe", by(key(t, core.Email, "sean.o'brien@example.fi")), "user/v1")
	finds(t, i, "employee number", by(core.Identifier{Kind: core.EmployeeNumber, Value: "7002", Status: core.Valid}), "user/v2")
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	srv.Key = "another"
	if _, err := ask(t, i, by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth {
		t.Errorf("a key that is no longer good: %v", err)
	}
	srv.Key = "k3y"
	wrong := strings.Replace(learning, "query: {email:", "query: {mail:", 1)
	conf = config(t, s, wrong)
	conf.APIKey = "k3y"
	if _, err := ask(t, openedAs(t, conf, "learning"), by(key(t, core.Email, maija))); classOf(err) != core.ClassConfig {
		t.Errorf("a parameter that the service does not know: %v", err)
	}
}

// enrolments is a mapping whose records stand below a user.
const enrolments = `
auth: {type: api_key, header: X-Api-Key}
types:
  participation:
    search:
      - {by: [user-id], path: [api, v1, users, {identifier: user-id, as: normal}, enrolments], records: data, nothing: ["404"], pages: {by: cursor, parameter: cursor, next: meta.next_cursor}}
    key: [id]
    time: enrolled
    fields: {course: course, status: status, enrolled: {path: enrolled, as: time}}
    parties: [{slot: learner, fields: {user_id: user}}]
    parts:
      - type: answer
        request: {path: [api, v1, enrolments, {key: 0}, answers], records: data, pages: {by: cursor, parameter: cursor, next: meta.next_cursor}}
        key: [id]
        fields: {time: {path: at, as: time}, question: question, text: text}
`

func TestRecordsBelowAUserWithPartsBelowThem(t *testing.T) {
	srv := learningService()
	srv.Enrolments, srv.Answers = map[string][]map[string]any{}, map[string][]map[string]any{}
	for n := range 9 {
		id := fmt.Sprint("e", n)
		srv.Enrolments["u01"] = append(srv.Enrolments["u01"], map[string]any{"id": id, "user": "u01", "course": "Tietosuoja", "status": "completed", "enrolled": "2024-02-01T08:00:00Z"})
		for m := range 11 {
			srv.Answers[id] = append(srv.Answers[id], map[string]any{"id": fmt.Sprintf("a%02d", m), "at": "2024-02-02T08:00:00Z", "question": "K", "text": "V"})
		}
	}
	s := serve(t, srv.ServeHTTP)
	conf := config(t, s, enrolments)
	conf.APIKey = "k3y"
	i := openedAs(t, conf, "learning")
	user := func(v string) core.Query { return by(core.Identifier{Kind: core.UserID, Value: v, Status: core.Valid}) }
	h := finds(t, i, "nine enrolments", user("u01"), func() (out []string) {
		for n := range 9 {
			out = append(out, fmt.Sprint("participation/e", n))
		}
		return out
	}()...)
	if n := len(h.records[0].Parts); n != 11 {
		t.Errorf("%d answers", n)
	}
	finds(t, i, "nobody", user("zz"))
	finds(t, i, "an attack", user("u01/enrolments?x="))
}

// exchange is a mapping of a SOAP service of social-security documents.
const exchange = `
format: xml
auth: {type: basic, user: sinusta}
errors:
  - {path: Envelope.Body.Fault.faultcode, equals: "soap:Client.Authentication", class: auth, message: the service does not accept the account}
  - {path: Envelope.Body.Fault.faultcode, equals: "soap:Server.TooManyResults", class: partial, message: the service finds too many cases and gives none of them}
  - {path: Envelope.Body.Fault.faultcode, equals: "soap:Client", class: config, message: the service does not know the operation}
types:
  case:
    request:
      method: POST
      path: /exchange
      soap: "1.1"
      action: "urn:example:document-exchange:1#FindCases"
      records: Envelope.Body.FindCasesResponse.cases.case
    search:
      - by: [personal-identity-code]
        xml: {name: FindCases, namespace: "urn:example:document-exchange:1", children: [{name: person, children: [{name: personalIdentityCode, text: {identifier: personal-identity-code}}]}]}
      - by: [name, date-of-birth]
        xml:
          name: FindCases
          namespace: "urn:example:document-exchange:1"
          children: [{name: person, children: [{name: familyName, text: {identifier: name, as: family}}, {name: dateOfBirth, text: {identifier: date-of-birth, as: normal}}]}]
    key: ["@id"]
    time: openedAt
    fields: {diary_number: caseNumber, nature: caseType, name: subject, status: status, received: {path: openedAt, as: time}}
    parties:
      - {slot: party, path: person, fields: {personal_identity_code: personalIdentityCode, family_name: familyName, given_name: givenNames, date_of_birth: dateOfBirth}}
      - {slot: handler, fields: {name: clerk}}
    parts:
      - {type: document, path: documents.document, key: ["@id"], fields: {name: name, nature: nature, date: {path: date, as: date}, text: text, document_number: documentType}}
`

func exchangeService() *services.DocumentExchange {
	s := &services.DocumentExchange{Account: services.Account{User: "sinusta", Password: "s3cret"}}
	add := func(id, code, family, given, birth string, documents int) {
		c := services.ExchangeCase{ID: id, Number: "FI:" + id, Kind: "S_BUC_01", Opened: "2024-03-01T08:00:00Z", Status: "pending", Subject: "Sairaanhoito <EU>",
			Person: services.ExchangePerson{Code: code, Family: family, Given: given, BirthDate: birth}, Clerk: "Virkailija Ville"}
		for n := range documents {
			c.Sent = append(c.Sent, services.ExchangeDocument{ID: fmt.Sprint(id, "-", n), Kind: "S001", Name: "Pyyntö", Date: "2024-03-02", Nature: "received", Text: "Teksti & muuta"})
		}
		s.Cases = append(s.Cases, c)
	}
	add("1", "010190-999W", "Esimerkki", "Maija", "1990-01-01", 2)
	add("2", "", "Esimerkki", "Maija", "1990-01-01", 0)
	add("3", "", "Esimerkki", "Pekka", "1991-01-01", 1)
	add("4", "", "O'Brien & <Sons>", "Sean", "1980-02-03", 1)
	return s
}

func TestASOAPServiceOfDocuments(t *testing.T) {
	srv := exchangeService()
	s := serve(t, srv.ServeHTTP)
	conf := config(t, s, exchange)
	conf.Password = "s3cret"
	i := openedAs(t, conf, "case-management")
	born := func(day string) core.Identifier { return key(t, core.DateOfBirth, day) }
	h := finds(t, i, "a code", by(key(t, core.PersonalIdentityCode, "010190-999W")), "case/1")
	if r := h.records[0]; len(r.Parts) != 2 || len(r.Parties) != 2 {
		t.Errorf("%d parts, %d parties", len(r.Parts), len(r.Parties))
	}
	finds(t, i, "a name and a date of birth", by(key(t, core.Name, "Esimerkki, Maija"), born("1990-01-01")), "case/1", "case/2")
	finds(t, i, "a name with the signs of XML", by(key(t, core.Name, "O'Brien & <Sons>, Sean"), born("1980-02-03")), "case/4")
	finds(t, i, "nobody", by(key(t, core.Name, "Olematon, Olli"), born("1990-01-01")))
	srv.Most = 1
	if _, err := ask(t, i, by(key(t, core.Name, "Esimerkki, Maija"), born("1990-01-01"))); classOf(err) != core.ClassPartial {
		t.Errorf("a fault that the mapping knows: %v", err)
	}
	srv.Account.Password = "another"
	if _, err := ask(t, i, by(key(t, core.PersonalIdentityCode, "010190-999W"))); classOf(err) != core.ClassAuth {
		t.Errorf("a fault of the account: %v", err)
	}
	conf.Types["case"].Request.Action = "urn:other"
	if _, err := ask(t, openedAs(t, conf, "case-management"), by(key(t, core.PersonalIdentityCode, "010190-999W"))); classOf(err) == "" {
		t.Error("an unknown operation is no error")
	}
}

// requests is a mapping of an XML service with the time of contact as a key.
const requests = `
format: xml
auth: {type: basic, user: sinusta}
types:
  contact_request:
    request:
      path: /requests
      records: requests.request
      pages: {by: link}
    search:
      - {by: [personal-identity-code], query: {code: {identifier: personal-identity-code}}}
      - {by: [email], query: {email: {identifier: email, as: normal}}}
      - by: [time-of-contact]
        query: {from: {identifier: time-of-contact, as: from}, to: {identifier: time-of-contact, as: to}}
    list: {}
    key: ["@number"]
    time: sent
    fields: {time_of_contact: sent, service: service, status: status, language: language, topic: topic, text: text, reply: reply}
    parties:
      - {slot: customer, path: customer, fields: {name: name, personal_identity_code: code, email: email, phone: phone}}
      - {slot: adviser, fields: {user_id: adviser}}
`

// contactService holds a request every ten minutes of one day, in UTC.
func contactService() *services.ContactRequests {
	s := &services.ContactRequests{Account: services.Account{User: "sinusta", Password: "s3cret"}, PageSize: 5}
	begin := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	for n := range 60 {
		s.Requests = append(s.Requests, services.ContactRequest{Number: fmt.Sprintf("Y%03d", n), Sent: begin.Add(time.Duration(n) * 10 * time.Minute), Service: "Neuvonta", Status: "open", Language: "fi",
			Topic: "Aihe", Text: "Teksti & <lisää>", Customer: services.ContactPerson{Name: "Esimerkki Maija", Email: fmt.Sprintf("m%d@example.fi", n%3)}})
	}
	return s
}

func TestAnXMLServiceWithLinkPages(t *testing.T) {
	srv := contactService()
	s := serve(t, srv.ServeHTTP)
	conf := config(t, s, requests)
	conf.Password = "s3cret"
	i := openedAs(t, conf, "guidance")
	h, err := ask(t, i, by(key(t, core.Email, "m1@example.fi")))
	if err != nil || len(h.records) != 20 || len(h.problems) > 0 {
		t.Errorf("%d records, %v, %v", len(h.records), h.problems, err)
	}
	if text, _ := core.First(h.records[0].Fields, "text"); text.Text != "Teksti & <lisää>" {
		t.Errorf("%q", text.Text)
	}
	if list := checked(i); len(list) > 0 {
		t.Errorf("a check complains: %q", list)
	}
	if !slices.ContainsFunc(i.Types()[0].Keys, func(k sdkKey) bool { return slices.Equal(k.Kinds, []core.Kind{core.TimeOfContact}) }) {
		t.Errorf("keys %v", i.Types()[0].Keys)
	}
}
