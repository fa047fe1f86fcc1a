package recordings

import (
	csvsource "github.com/sinusta/sinusta/plugins/csv"
	"github.com/sinusta/sinusta/plugins/sdk"
	sqlsource "github.com/sinusta/sinusta/plugins/sql"
)

// Config is the plugin's configuration: where the metadata are, and where the
// recordings.
type Config struct {
	// CSV is the configuration of the plugin csv.
	CSV *csvsource.Config `json:"csv,omitempty"`
	// SQL is that of the plugin sql.
	SQL *sqlsource.Config `json:"sql,omitempty"`
	// DSN is the connection string of the database, with the password.
	DSN   sdk.Secret `json:"dsn,omitempty"`
	Media *Media     `json:"media,omitempty"`
}

// Media says where the recordings are.
type Media struct {
	// Folder is above all of them; nothing outside it is read.
	Folder string `json:"folder"`
	// Strip are beginnings that paths in the metadata have and paths below the
	// folder do not, such as a share's name. The first that fits is taken away.
	Strip []string `json:"strip,omitempty"`
	// Suffix is put behind each path, such as .wav.
	Suffix string `json:"suffix,omitempty"`
	// Longest is how many bytes a recording may have; a longer one is told and
	// not given. Default 2 GiB.
	Longest int64 `json:"longest,omitempty"`
	// WithoutRow is the reason why recordings without a row are right.
	WithoutRow string `json:"without_row,omitempty"`
}
