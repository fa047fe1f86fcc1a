package catalogue

// Organisation is the controller that keeps the installation
// (organisation.yaml).
type Organisation struct {
	ID   string `yaml:"id"`
	Name Text   `yaml:"name"`
	// ControllerNames are further names under which the entries name the
	// organisation as controller: an older one, one with its unit. By them and
	// by Name it finds itself among the controllers of a day.
	ControllerNames []Text `yaml:"controller_names" json:",omitempty"`
	// BusinessID is the controller's own Y-tunnus.
	BusinessID string `yaml:"business_id"`
	// Authority is true for an authority, whose refusals are appealed to the
	// administrative court and whose documents act 621/1999 governs.
	Authority bool `yaml:"authority"`
	// Languages in which reports are offered, the default first.
	Languages []string `yaml:"languages"`
	Registry  Contact  `yaml:"registry"`
	DPO       Contact  `yaml:"data_protection_officer"`
	// SupervisoryAuthority is where the person may complain (Art. 15(1)(f)):
	// the Data Protection Ombudsman, on Åland Datainspektionen.
	SupervisoryAuthority Contact `yaml:"supervisory_authority"`
	// ArtificialCodes is "ignore" (the default) or "anchor": whether personal
	// identity codes 900-999 identify a person here. Only test installations
	// say anchor, and their reports are marked as test data.
	ArtificialCodes ArtificialCodes `yaml:"artificial_codes"`
	// GenericValues are e-mail addresses and telephone numbers that many
	// people share here, beside those that core/identifier knows.
	GenericValues []string `yaml:"generic_values"`
	// BusinessIDForms are further spellings of a Y-tunnus that the systems
	// here use: euid, ovt.
	BusinessIDForms []string `yaml:"business_id_forms"`
	// PlaceNames are the names of one street or one town in several
	// languages.
	PlaceNames [][]string `yaml:"place_names"`
	// Issuers name who gives local identifiers here, by issuer id.
	Issuers map[string]Text `yaml:"issuers"`
	// Policies are the organisation's switches on what it gives out.
	Policies Policies `yaml:"policies"`
	// Documents are the published documents that the catalogue rests on.
	Documents []Document `yaml:"documents"`
	// Common holds for every system whose entry, parent and store do not say
	// otherwise.
	Common Common `yaml:"common"`
	// Officials name who acts in the audit log, by account of the operating
	// system. No answer rests on them, so they are no part of the catalogue's digest.
	Officials map[string]Official `yaml:"officials" json:"-"`
}

// Official is who an account of the operating system acts for in the audit
// log.
type Official struct {
	// Function is the official's function, such as "data protection officer",
	// or the name under which the organisation wants to find the entries.
	Function string `yaml:"function"`
	// Role is a code for what the official does here, such as handler.
	Role string `yaml:"role"`
}

// ArtificialCodes is the organisation's rule on artificial personal codes.
type ArtificialCodes string

// The rules on artificial personal codes.
const (
	IgnoreArtificial ArtificialCodes = "ignore"
	AnchorArtificial ArtificialCodes = "anchor"
)

// Contact is how to reach a function of the organisation, never a person by
// name.
type Contact struct {
	Title   Text   `yaml:"title"`
	Email   string `yaml:"email"`
	Phone   string `yaml:"phone"`
	Address Text   `yaml:"address"`
}
