package catalogue

import "github.com/sinusta/sinusta/core"

// Vocabulary gives the words that a key of an entry can have, nil where it is
// open. The path is that of the key without the places in lists, such as
// controllers.role.
func Vocabulary(path string) []string {
	switch path {
	case "level":
		return words(levels)
	case "kind":
		return Kinds()
	case "origin":
		return words([]Origin{OriginStated, OriginDerived, OriginAssumed})
	case "controllers.role":
		return words([]ControllerRole{RoleController, RoleJointController, RoleProcessor})
	case "data_subjects.group":
		return SubjectGroups()
	case "search_keys.kind":
		return words(kinds)
	case "paper.held":
		return []string{PaperYes, PaperNo, PaperUnknown}
	case "ownership.missing":
		return []string{OwnerOwn, OwnerOther, OwnerReview}
	case "outcome":
		return words[core.Outcome](statable)
	case "policy":
		return []string{PolicyLogData}
	}
	return nil
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}
