package catalogue

// repealed lists statutes that documents still name. A section of "" is the
// whole act; from is the first day without it.
var repealed = []struct{ act, section, by, from string }{
	{"523/1999", "", "1050/2018", "2019-01-01"},  // Personal Data Act
	{"621/1999", "18", "907/2019", "2020-01-01"}, // good information management, now 906/2019
	{"916/2012", "", "380/2023", "2025-01-01"},   // public employment and business services
	{"1369/2014", "", "381/2023", "2025-01-01"},  // multisectoral joint service
	{"1386/2010", "", "681/2023", "2025-01-01"},  // integration of immigrants
}

// adopted gives the day on which statutes that such documents rest on were
// given, by number.
var adopted = map[string]string{
	"423/1988":  "1988-05-13", // state budget act
	"1010/1989": "1989-11-24", // service records
	"1322/1989": "1989-12-29", // decree on service records
	"1243/1992": "1992-12-11", // state budget decree
	"831/1994":  "1994-09-23", // archives
	"621/1999":  "1999-05-21", // openness of government activities
	"13/2003":   "2003-01-24", // electronic services of authorities
	"434/2003":  "2003-06-06", // administrative procedure
	"759/2004":  "2004-08-13", // privacy in working life
	"1226/2013": "2013-12-30", // shared ICT services of the state
	"132/2014":  "2014-02-20", // decree on them
	"10/2015":   "2015-01-15", // security network
	"1109/2015": "2015-08-27", // decree on it
	"679/2016":  "2016-04-27", // General Data Protection Regulation
	"1050/2018": "2018-12-05", // data protection act
	"306/2019":  "2019-03-15", // digital services
	"906/2019":  "2019-08-09", // information management
	"1101/2019": "2019-11-28", // decree on security classification
}
