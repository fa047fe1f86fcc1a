package filessource

import (
	"fmt"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// ownerField is the field of a profile that tells whose a record is.
const ownerField = "owner_organisation"

// ownerRule gives the files of a pattern to an organisation.
type ownerRule struct {
	files        glob
	organisation string
}

func newOwners(all []Owner, t catalogue.RecordType) ([]ownerRule, error) {
	if len(all) > 0 && !has(t, "", ownerField) {
		return nil, sdk.ConfigError("owners", "the record type %s has no field %s to hold whose a file is", t.Name, ownerField)
	}
	var out []ownerRule
	for n, o := range all {
		at := fmt.Sprintf("owners[%d]", n)
		g, err := parseGlob(o.Files)
		switch {
		case err != nil:
			return nil, sdk.ConfigError(at+".files", "%s", err)
		case strings.TrimSpace(o.Organisation) == "":
			return nil, sdk.ConfigError(at+".organisation", "name the organisation to which these files belong")
		}
		out = append(out, ownerRule{g, o.Organisation})
	}
	return out, nil
}

// ownerOf gives whose a file is, by its path below the root; null where no
// rule tells.
func (i *instance) ownerOf(path string) core.Value {
	for _, o := range i.owners {
		if o.files.match(path) {
			return core.TextValue(o.organisation)
		}
	}
	return core.NullValue()
}
