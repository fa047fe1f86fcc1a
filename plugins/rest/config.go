package restsource

import (
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Config is the plugin's configuration: how the service is reached, and for
// each record type how it is asked and what its answers mean. The tags `doc`
// and `enum` make the JSON Schema for editors.
type Config struct {
	Recipe   string            `json:"recipe,omitempty" doc:"A ready configuration that everything here is laid over: mappings are merged, lists and values replaced, null takes away."`
	URL      string            `json:"url,omitempty" doc:"The beginning of every address: https://host/prefix. Paths of requests are put behind it."`
	Auth     *Auth             `json:"auth,omitempty" doc:"How the plugin signs in."`
	CAFile   string            `json:"ca_file,omitempty" doc:"PEM file of the authorities that may sign the server's certificate; without it those of the operating system."`
	CertFile string            `json:"cert_file,omitempty" doc:"PEM file of the plugin's own certificate (mutual TLS); its key is the secret client_key."`
	Insecure string            `json:"insecure,omitempty" doc:"The reason why http:// to another machine is good enough."`
	Proxy    string            `json:"proxy,omitempty" doc:"http:// or https:// address of a proxy. The environment is not looked at."`
	Headers  map[string]string `json:"headers,omitempty" doc:"Headers of every request, such as Accept-Language. Never credentials."`
	Format   string            `json:"format,omitempty" enum:"json,xml" doc:"What the service answers in; default json."`
	Charset  string            `json:"charset,omitempty" doc:"Encoding of answers that name none and are no UTF-8, such as windows-1252."`
	TimeZone string            `json:"time_zone,omitempty" doc:"Zone of times that are written without one; default Europe/Helsinki."`
	Rate     *Rate             `json:"rate,omitempty" doc:"How often the service may be asked."`
	Limits   *Limits           `json:"limits,omitempty" doc:"Bounds; each that is reached is reported."`
	Errors   []ErrorRule       `json:"errors,omitempty" doc:"What answers of this service mean, looked at in order before the rules of HTTP."`

	NotIdentifiable string           `json:"not_identifiable,omitempty" doc:"Why nothing in the system can be tied to a person (GDPR Art. 11). Then no type is mapped and nothing is sent in a search."`
	Types           map[string]*Type `json:"types,omitempty" doc:"Record types of the system's profile."`

	Password     sdk.Secret `json:"password,omitempty"`
	Token        sdk.Secret `json:"token,omitempty"`
	ClientSecret sdk.Secret `json:"client_secret,omitempty"`
	APIKey       sdk.Secret `json:"api_key,omitempty"`
	ClientKey    sdk.Secret `json:"client_key,omitempty"`
}

// Auth says how the plugin signs in. Passwords, tokens and keys are secrets.
type Auth struct {
	Type      string   `json:"type,omitempty" enum:"none,basic,bearer,oauth2,api_key" doc:"none; basic (user, secret password); bearer (secret token); oauth2 (client credentials: token_url, client_id, secret client_secret); api_key (header or parameter, secret api_key)."`
	User      string   `json:"user,omitempty" doc:"basic: the account."`
	TokenURL  string   `json:"token_url,omitempty" doc:"oauth2: where tokens are given out."`
	ClientID  string   `json:"client_id,omitempty" doc:"oauth2: the application."`
	Scopes    []string `json:"scopes,omitempty" doc:"oauth2: what is asked for."`
	Header    string   `json:"header,omitempty" doc:"api_key: the header that holds the key."`
	Scheme    string   `json:"scheme,omitempty" doc:"api_key in a header, or bearer: the word before the key, such as token."`
	Parameter string   `json:"parameter,omitempty" doc:"api_key: the query parameter that holds the key. A header is better: addresses stand in logs."`
}

// Rate bounds how often the service is asked.
type Rate struct {
	PerSecond float64 `json:"per_second,omitempty" doc:"Requests a second."`
	Burst     int     `json:"burst,omitempty" doc:"Requests at once; default 1."`
}

// Limits are bounds. One that is reached is reported, nothing is cut.
type Limits struct {
	Answer     int64 `json:"answer,omitempty" doc:"Bytes of one answer, unpacked; default 33554432."`
	Attachment int64 `json:"attachment,omitempty" doc:"Bytes of one attachment; default 2147483648."`
	Pages      int   `json:"pages,omitempty" doc:"Pages of one list; default 2000."`
	Requests   int   `json:"requests,omitempty" doc:"Requests that one question may become through spellings; default 100."`
	Wait       int   `json:"wait,omitempty" doc:"Seconds that a search waits when the service asks it to; default 120."`
}

// ErrorRule says what an answer means.
type ErrorRule struct {
	Status  int    `json:"status,omitempty" doc:"The HTTP status; without it any."`
	Path    string `json:"path,omitempty" doc:"A member of the answer that must be there."`
	Equals  string `json:"equals,omitempty" doc:"The text that the member must have; without it any."`
	Class   string `json:"class,omitempty" need:"true" enum:"config,auth,transient,rate-limited,partial,unsupported-key,data,nothing" doc:"Whose turn it is: config (the integrator's), auth (the system's owner's), transient (later) ...; nothing: the person is not known, which is no error."`
	Message string `json:"message,omitempty" doc:"What happened and what to do, without values."`
}

// Type maps one record type.
type Type struct {
	Request *Request           `json:"request,omitempty" doc:"What search and list have in common: each of them says only what differs, parameters one by one."`
	Search  []*Search          `json:"search,omitempty" doc:"The requests that find records, each for a set of kinds."`
	List    *Request           `json:"list,omitempty" doc:"A request that lists all records. Check looks at its first page for members that nobody mapped; keys that the catalogue promises in every record are looked for in all pages."`
	Record  *Request           `json:"record,omitempty" doc:"A request that reads one record whole by its key, when lists give only a part of it."`
	Key     []string           `json:"key,omitempty" doc:"The members that identify a record; they make the ref."`
	Time    *Member            `json:"time,omitempty" doc:"The member with the record's time."`
	Fields  map[string]Members `json:"fields,omitempty" doc:"Field of the profile: member, or a list of members."`
	Parties []Party            `json:"parties,omitempty" doc:"The people in the record."`
	Content *Content           `json:"content,omitempty" doc:"How the bytes are read that the record itself is about, such as those of a document."`
	Parts   []*Part            `json:"parts,omitempty" doc:"Comments, attachments and the like."`
	Ignore  map[string]string  `json:"ignore,omitempty" doc:"Member: the reason why it is left out, with all below it."`
}

// Search is a request that finds records by identifiers of some kinds.
type Search struct {
	By      []string `json:"by,omitempty" need:"true" doc:"Kinds of identifier, all of which are needed."`
	InParts bool     `json:"in_parts,omitempty" doc:"The person may stand in a part alone: parts are read before a record is compared."`
	Owned   string   `json:"owned,omitempty" doc:"The reason why what this address gives is the person's, though the answer does not hold the identifier. Only for a single answer whose path holds it."`
	Request
}

// Request is one request: what is sent, and how the answer is read.
type Request struct {
	Method  string           `json:"method,omitempty" enum:"GET,POST" doc:"GET, or POST for a declared search."`
	Path    Path             `json:"path,omitempty" doc:"The path behind url: a text, or a list of segments, each a text or a value."`
	Query   map[string]Value `json:"query,omitempty" doc:"Parameter: a text or a value."`
	JSON    *Node            `json:"json,omitempty" doc:"POST: the body, with values in it."`
	XML     *Element         `json:"xml,omitempty" doc:"POST: the body as XML, with values in it."`
	SOAP    string           `json:"soap,omitempty" enum:"1.1,1.2" doc:"POST: xml is the content of a SOAP body."`
	Action  string           `json:"action,omitempty" doc:"SOAP: the action."`
	Records string           `json:"records,omitempty" doc:"Where the list of records stands in the answer; without it the answer is the list. In XML the element that repeats."`
	Single  bool             `json:"single,omitempty" doc:"The answer is one record, not a list."`
	Nothing []string         `json:"nothing,omitempty" enum:"404,204,null,missing" doc:"Ways in which the service says that there is nothing, beside an empty list."`
	Pages   *Pages           `json:"pages,omitempty" doc:"How further pages are asked for. Without it the one answer must hold all."`
}

// Pages says how a list goes on.
type Pages struct {
	By            string `json:"by,omitempty" enum:"page,offset,cursor,link,next" doc:"page and offset count in a parameter; cursor takes a member of the answer into a parameter; link follows the header Link (rel=next); next follows an address in the answer (@odata.nextLink)."`
	Parameter     string `json:"parameter,omitempty" doc:"page, offset, cursor: the query parameter, or the member of the JSON body of a POST."`
	First         *int   `json:"first,omitempty" doc:"page, offset: the number of the first page (default 1) or record (default 0)."`
	SizeParameter string `json:"size_parameter,omitempty" doc:"The parameter that says how many records a page holds."`
	Size          int    `json:"size,omitempty" doc:"How many; default 100."`
	Next          string `json:"next,omitempty" doc:"cursor, next: the member of the answer that leads on."`
	Total         string `json:"total,omitempty" doc:"The member of the answer that tells how many records there are. A difference makes the outcome partial."`
	TotalHeader   string `json:"total_header,omitempty" doc:"The header that tells it."`
	Last          string `json:"last,omitempty" doc:"The member of the answer that is true on the last page."`
	More          string `json:"more,omitempty" doc:"The member of the answer that is false on the last page."`
	Most          int    `json:"most,omitempty" doc:"How many records the service gives at most for one question, whatever there is: a list of that many makes the outcome partial."`
	Count         string `json:"count,omitempty" doc:"The member of the answer that tells how many pages there are."`
	Stays         string `json:"stays,omitempty" doc:"What keeps a place in the list right while the system is used, such as: the cursor is the last number, and numbers only grow. Then a search that was killed goes on from its last page; without it from its last list."`
	Ordered       string `json:"ordered,omitempty" doc:"page, offset: what fixes the order of records from one page to the next, such as: orderby in the query. Without an order pages lose records."`
}

// Member is where a value stands, and how it is read. In the mapping it is a
// path, or {path: ...} with more.
type Member struct {
	Path  string                    `json:"path,omitempty" doc:"Names of members with points between them; a name with a point or another sign stands in double quotes. Lists are gone through. In XML @name is an attribute."`
	As    string                    `json:"as,omitempty" enum:"text,time,date,number,flag,base64" doc:"What the text is to be read as. base64: bytes that are given as text if they are one, else withheld."`
	Form  string                    `json:"form,omitempty" enum:"iso,utc,local,unix,unix_ms,dotnet" doc:"time: how it is written. iso (the default: RFC 3339, also with +0200); utc and local: 2006-01-02 15:04:05 in UTC or in time_zone; seconds or milliseconds since 1970; /Date(0)/."`
	Codes map[string]catalogue.Text `json:"codes,omitempty" doc:"What each code means."`
	Asked string                    `json:"asked,omitempty" doc:"In place of path: the identifier of this kind by which the record was asked for; only with owned."`
}

// Members are the places of one field.
type Members []Member

// Party maps people.
type Party struct {
	Slot     string             `json:"slot,omitempty" doc:"Slot of the profile."`
	SlotPath string             `json:"slot_path,omitempty" doc:"The member with a code that tells the slot."`
	Slots    map[string]string  `json:"slots,omitempty" doc:"Code in slot_path: slot."`
	Path     string             `json:"path,omitempty" doc:"The member below which the fields stand; a list gives several people."`
	Fields   map[string]Members `json:"fields,omitempty" need:"true" doc:"Field of the slot: member, or a list of members."`
	Ignore   map[string]string  `json:"ignore,omitempty" doc:"Member below path: the reason why it is left out."`
}

// Part maps the parts of a record: those in the record itself, below path, or
// those that another request gives.
type Part struct {
	Type    string             `json:"type,omitempty" need:"true" doc:"Part of the profile."`
	Path    string             `json:"path,omitempty" doc:"The list in the record."`
	Request *Request           `json:"request,omitempty" doc:"The request that gives the parts of a record; values are {key: 0}, the record's first key member."`
	Key     []string           `json:"key,omitempty" doc:"The members that identify a part within its record."`
	Fields  map[string]Members `json:"fields,omitempty" doc:"Field of the part: member, or a list of members."`
	Parties []Party            `json:"parties,omitempty" doc:"The people in the part."`
	Ignore  map[string]string  `json:"ignore,omitempty" doc:"Member: the reason why it is left out."`
	Content *Content           `json:"content,omitempty" doc:"How the bytes of an attachment are read."`
}

// Content is the request for the bytes of an attachment, or of a record. Its
// values are {key: 0}, of the record, and {part_key: 0}.
type Content struct {
	Path  Path             `json:"path,omitempty" doc:"The path behind url."`
	Query map[string]Value `json:"query,omitempty" doc:"Parameter: a text or a value."`
	Size  string           `json:"size,omitempty" doc:"The member of the part, or of the record, with the size in bytes."`
	There string           `json:"there,omitempty" doc:"The member that holds something where there are bytes at all; without it there always are."`
	Field string           `json:"field,omitempty" doc:"Field of the part, or of the record, that stands for the bytes; default media."`
}

// Value is what goes into one place of a request. In the mapping it is a text
// or number, or one of these.
type Value struct {
	Constant   *string `json:"constant,omitempty" doc:"The text itself."`
	Identifier string  `json:"identifier,omitempty" doc:"The kind of identifier that is asked for."`
	As         string  `json:"as,omitempty" enum:"spellings,normal,family,digits,from,to" doc:"spellings: every way of writing it (the default; family for names). normal: the normal form alone. family: each word of the family name. digits: the last seven digits. from, to: the bounds between which a contact began (time-of-contact)."`
	Form       string  `json:"form,omitempty" enum:"iso,utc,local,minutes,date,unix,unix_ms" doc:"from, to: how the moment is written. iso (the default: 2006-01-02T15:04:05Z); utc and local: 2006-01-02 15:04:05 in UTC or in time_zone; minutes: the same in time_zone without seconds; date: the day in time_zone, which the bound includes; seconds or milliseconds since 1970."`
	Earlier    int     `json:"earlier,omitempty" doc:"from: the longest contact in hours, for one that began before the time that was asked about; default 2."`
	Filter     *Filter `json:"filter,omitempty" doc:"A filter in the service's own language."`
	Key        *int    `json:"key,omitempty" doc:"The nth member of the record's key, from 0."`
	PartKey    *int    `json:"part_key,omitempty" doc:"The nth member of the part's key, from 0."`
}

// Filter is a condition that is written in the language of a product. Values
// enter it as literals of that language only.
type Filter struct {
	Language string `json:"language,omitempty" need:"true" enum:"odata,servicenow,jql,rt,cmis-sql,kql" doc:"The language; kql is that of Microsoft Graph's $search."`
	From     string `json:"from,omitempty" doc:"cmis-sql: the type that is queried, such as cmis:document."`
	Condition
	Order []string `json:"order,omitempty" doc:"Members in whose order records come (servicenow, jql, cmis-sql)."`
}

// Condition is one comparison, or several.
type Condition struct {
	All      []Condition `json:"all,omitempty" doc:"All of these."`
	Any      []Condition `json:"any,omitempty" doc:"Any of these."`
	Field    string      `json:"field,omitempty" doc:"The member that is compared, as the service names it."`
	Is       *Value      `json:"is,omitempty" doc:"It equals the value."`
	Contains *Value      `json:"contains,omitempty" doc:"It holds the value somewhere."`
	Starts   *Value      `json:"starts,omitempty" doc:"It begins with the value."`
	Since    *Value      `json:"since,omitempty" doc:"It is a moment that is the value or later."`
	Until    *Value      `json:"until,omitempty" doc:"It is a moment that is the value or earlier."`
	Type     string      `json:"type,omitempty" enum:"text,folded,number,guid,date,time" doc:"What kind of literal the value is; default text. folded (odata): compared in lower case. time (odata, cmis-sql): a moment, from a value in the form iso."`
	Quantity string      `json:"quantity,omitempty" enum:"any" doc:"odata: field is list/member, any of which may agree. cmis-sql: field holds several values, any of which may be it."`
}

// Element is an element of an XML body.
type Element struct {
	Name       string            `json:"name,omitempty" need:"true" doc:"Its name."`
	Namespace  string            `json:"namespace,omitempty" doc:"Its namespace; without it that of the element around it."`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Attributes without values of the question."`
	Text       *Value            `json:"text,omitempty" doc:"Its text: a text or a value."`
	Children   []Element         `json:"children,omitempty" doc:"The elements in it."`
}
