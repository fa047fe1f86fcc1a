package ldapsource

import (
	"context"

	"github.com/sinusta/sinusta/core"
)

// directory is a directory that is open for one search or one check: a
// server, or files. What keeps its answers from being whole it adds to the
// notices that it was opened with.
type directory interface {
	// find calls each with every entry of the type that the question may
	// match, with at least its key attributes and entryUUID. An entry may
	// come twice.
	find(ctx context.Context, m *mappedType, q question, each func(entry) error) error
	// whole gives an entry that find gave with all its attributes; of e it needs
	// the DN and where it stands. Values of
	// attributes that the type ignores, and secrets, are not read. It gives
	// false when the entry is no longer there.
	whole(ctx context.Context, m *mappedType, e entry) (entry, bool, error)
	inspector
	close()
}

// inspector looks through the entries of a directory, hits or not, for what
// keeps a search from finding all that is there.
type inspector interface {
	// names calls each with the DN and the names of the attributes of every
	// entry of the type. limit names the server's bound that kept it from
	// giving them all, if any.
	names(ctx context.Context, m *mappedType, each func(entry)) (limit string, err error)
	// present is names for a directory that bounds its answers: it calls each
	// with entries that between them have every attribute which is neither
	// mapped nor ignored. limit names what kept it from telling, if anything.
	present(ctx context.Context, m *mappedType, each func(entry)) (limit string, err error)
	// lacks tells whether some entry of the type holds no identifier in any of
	// the attributes, or whether that cannot be seen. limit is as in names.
	lacks(ctx context.Context, m *mappedType, attributes []mappedAttribute, kind core.Kind) (lacks bool, limit string, err error)
	// strangers gives the object classes of entries that no type takes and
	// whose classes are neither containers nor ignored, sorted.
	strangers(ctx context.Context) ([]string, error)
}

// noticeList collects notices, each once.
type noticeList []core.Problem

func (l *noticeList) add(p core.Problem) {
	for _, have := range *l {
		if have.Class == p.Class && have.RecordType == p.RecordType && have.ConfigPath == p.ConfigPath && have.Message == p.Message {
			return
		}
	}
	*l = append(*l, p)
}

// containers are object classes of entries that hold other entries and no
// person.
func containers() []string {
	return []string{"organizationalUnit", "domain", "dcObject", "country", "locality", "container", "builtinDomain", "lostAndFound",
		"organization"} //nolint:misspell // the name of the class
}
