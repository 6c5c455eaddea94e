"""List files of invented or synthetic rows in the documented forms."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

EL = "Entity List (EL) - Bureau of Industry and Security"
CMIC = "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury Department"
COLUMNS = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage",
    "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships",
    "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip


def record(name: str, **given: str) -> dict[str, str]:
    """A synthetic screening list record; everything not given is blank."""
    return dict.fromkeys(COLUMNS, "") | {"source": EL, "name": name} | given


def csl_csv(path: Path, records: Iterable[Mapping[str, str]], drop: str = "") -> Path:
    columns = [name for name in COLUMNS if name != drop]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(records)
    return path


def csl_json(path: Path, records: Iterable[Mapping[str, object]]) -> Path:
    results = [{k: v for k, v in r.items() if k != "_id"} | {"id": "1"} for r in records]
    path.write_text(json.dumps({"sources_used": [{"source": "x"}], "results": results}), "utf-8")
    return path


OFAC_PRIM = (
    '30946,"HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD.",-0- ,"CMIC-EO13959",-0- ,-0- ,-0- ,'
    '-0- ,-0- ,-0- ,-0- ,"Equity Ticker 002415 CN; Effective Date (CMIC) 02 Aug 2021; Listing Date '
    "(CMIC) 03 Jun 2021; a.k.a. 'HIK'.\"\n"
    '1,"SOMEBODY ELSE",-0- ,"SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\x1a\n'
)
OFAC_ALT = '30946,48662,"aka","HIKVISION",-0- \n'
OFAC_ADD = '30946,1,"1 Example Road","Hangzhou","China",-0- \n'
OFAC_XML = """<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="http://www.un.org/sanctions/1.0">
 <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>11</Month><Day>20</Day></DateOfIssue>
 <ReferenceValueSets><CountryValues><Country ID="11100">China</Country></CountryValues>
 </ReferenceValueSets>
 <Locations><Location ID="7"><LocationCountry CountryID="11100"/></Location></Locations>
 <DistinctParties><DistinctParty FixedRef="30946"><Profile ID="30946"><Identity ID="1">
  <Alias Primary="false"><DocumentedName><DocumentedNamePart>
  <NamePartValue>HIKVISION</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
  <Alias Primary="true"><DocumentedName>
   <DocumentedNamePart><NamePartValue>HANGZHOU HIKVISION</NamePartValue></DocumentedNamePart>
   <DocumentedNamePart><NamePartValue>DIGITAL TECHNOLOGY</NamePartValue></DocumentedNamePart>
  </DocumentedName></Alias></Identity>
  <Feature FeatureTypeID="25"><FeatureVersion ID="1"><VersionLocation LocationID="7"/>
  </FeatureVersion></Feature></Profile></DistinctParty></DistinctParties>
 <SanctionsEntries><SanctionsEntry ID="9" ProfileID="30946" ListID="91243">
  <EntryEvent><Date><Year>2021</Year><Month>6</Month><Day>3</Day></Date></EntryEvent>
  <SanctionsMeasure><Comment>CMIC-EO13959</Comment></SanctionsMeasure></SanctionsEntry>
  <SanctionsEntry ID="10" ProfileID="none"/>
 </SanctionsEntries>
</Sanctions>
"""
ECFR = """<?xml version="1.0" encoding="UTF-8"?>
<ECFR><AMDDATE>Nov. 20, 2026</AMDDATE><DIV5 N="744" TYPE="PART">
<DIV9 N="Supplement No. 3 to Part 744" TYPE="APPENDIX"><TABLE><TR><TD>CHINA</TD><TD>Wrong Ltd.</TD>
<TD/><TD/><TD>1 FR 1</TD></TR></TABLE></DIV9>
<DIV9 N="Supplement No. 4 to Part 744" TYPE="APPENDIX"><HEAD>Entity List</HEAD><TABLE>
<TR><TH>Country</TH><TH>Entity</TH><TH>A</TH><TH>B</TH><TH>C</TH></TR>
<TR><TD>CHINA, PEOPLE'S REPUBLIC OF</TD><TD>Synthetic Digital Co., Ltd., a.k.a., the following two
 aliases:<br/>—Synthetic Short; <I>and</I><br/>—Synthetic Long Co., Ltd.<br/>1 Example Road,
 Hangzhou, China.</TD><TD>All items</TD><TD>Denial</TD>
<TD>84 FR 54002, 10/9/19. 85 FR 34503, 6/5/20.</TD></TR>
<TR><TD/><TD>Second Digital Co., Ltd., Dahua Hotel, Shanghai, China.</TD><TD>All</TD><TD>D</TD>
<TD>88 FR 18983, 3/30/23.</TD></TR>
</TABLE></DIV9></DIV5></ECFR>
"""
FCC_CSV = """\
entity_name,aka,country,source_list,list_category,date_added,federal_register_cite,notes,compiled_date
Dahua Technology Company,Dahua; Zhejiang Dahua,China,FCC Covered List; NDAA Section 889,1,2021-03-12,DA 21-309,,2026-11-20
"""  # noqa: E501
FCC_JSON = json.dumps(
    [
        {
            "entity_name": "Dahua Technology Company",
            "aka": ["Dahua"],
            "country": "China",
            "source_list": "Section 1260H List",
            "date_added": "2022-10-05",
            "federal_register_cite": "",
            "notes": None,
        }
    ]
)
SIMPLE_CSV = """\
id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change
NK-1,Company,Synthetic Digital,Syn;Syn Two,,cn;hk,1 Example Road,,,,,US-BIS-EL;US-NS-CMIC;XX-1,us_trade_csl;us_special_leg,2020-01-01,2026-01-01,2025-01-01
"""  # noqa: E501
FTM = "\n".join(
    json.dumps(each)
    for each in (
        {
            "id": "NK-1",
            "caption": "Synthetic Digital",
            "schema": "Company",
            "properties": {
                "name": ["Synthetic Digital"],
                "alias": ["Syn"],
                "country": ["cn"],
                "programId": ["US-DOD-1260H"],
            },
            "datasets": ["us_dod_chinese_milcorps"],
        },
        {"id": "NK-2", "caption": "A Person", "schema": "Person", "properties": {}},
    )
)
