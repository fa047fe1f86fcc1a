package match

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// Roles says whose data each field of a record is, in the order of the
// record's own fields, parties and parts.
type Roles struct {
	Fields  []core.Role
	Parties [][]core.Role
	Parts   []Roles
}

// RolesOf gives the role of every field of a record for one subject. The
// subject's parties are those that the assessment names; every other party is
// a third party, or an official where its slot says so. A party that may be
// the subject's is content, for a person to decide. A field or a slot that the
// profile does not know is unknown.
func RolesOf(spec catalogue.RecordType, rec core.Record, a Assessment) Roles {
	whose := map[PartyRef]core.Role{}
	for _, ref := range a.Possible {
		whose[ref] = core.RoleContent
	}
	for _, ref := range a.Subject {
		whose[ref] = core.RoleSubject
	}
	roles := rolesOf(spec, rec.Fields, rec.Parties, -1, whose)
	for n, part := range rec.Parts {
		partSpec, _ := spec.Part(part.Type)
		roles.Parts = append(roles.Parts, rolesOf(partSpec, part.Fields, part.Parties, n, whose))
	}
	return roles
}

func rolesOf(spec catalogue.RecordType, fields []core.Field, parties []core.Party, part int, known map[PartyRef]core.Role) Roles {
	var roles Roles
	for _, f := range fields {
		role := core.RoleUnknown
		if fp, ok := spec.Field(f.Name); ok && fp.Role != "" {
			role = fp.Role
		}
		roles.Fields = append(roles.Fields, role)
	}
	for i, p := range parties {
		slot, described := spec.Slot(p.Slot)
		whose := core.RoleThirdParty
		role, agrees := known[PartyRef{Part: part, Party: i}]
		switch {
		case !described:
			whose = core.RoleUnknown
		case agrees:
			whose = role
		case slot.Official:
			whose = core.RoleOfficial
		}
		list := make([]core.Role, len(p.Fields))
		for j, f := range p.Fields {
			fp, ok := slot.Field(f.Name)
			switch {
			case !ok:
				list[j] = core.RoleUnknown
			case fp.Role == core.RoleThirdParty:
				list[j] = core.RoleThirdParty
			default:
				list[j] = whose
			}
		}
		roles.Parties = append(roles.Parties, list)
	}
	return roles
}
