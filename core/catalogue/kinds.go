package catalogue

import (
	"slices"

	"github.com/sinusta/sinusta/core"
)

// kinds are the kinds of identifier that a search key can have.
var kinds = []core.Kind{core.PersonalIdentityCode, core.BusinessID, core.Email, core.Phone, core.Name, core.DateOfBirth,
	core.DiaryNumber, core.ContractNumber, core.TicketNumber, core.EmployeeNumber, core.UserID, core.ElectronicID, core.SwedishNumber,
	core.EUPersonID, core.TaxNumber, core.VATNumber, core.IBAN, core.VirtuKey, core.CustomerNumber, core.InvoiceNumber, core.Address,
	core.TimeOfContact}

// isLocal tells whether an identifier of the kind means something only
// together with who issued it.
func isLocal(k core.Kind) bool {
	return isRecordNumber(k) || k == core.EmployeeNumber || k == core.UserID || k == core.CustomerNumber
}

// isRecordNumber tells whether the kind numbers a record and says nothing
// about who is in it.
func isRecordNumber(k core.Kind) bool {
	return k == core.DiaryNumber || k == core.ContractNumber || k == core.TicketNumber || k == core.InvoiceNumber
}

// isOnePerPerson tells whether a person has one identifier of the kind with
// its issuer, so that a search by it can find everything. Of names, addresses
// and telephone numbers people have several, and a date of birth or a record
// number is nobody's own.
func isOnePerPerson(k core.Kind) bool {
	return slices.Contains([]core.Kind{core.PersonalIdentityCode, core.BusinessID, core.EmployeeNumber, core.UserID, core.ElectronicID, core.CustomerNumber}, k)
}
