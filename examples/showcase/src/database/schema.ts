/** The atlas as tables. Names are kept in every language the data set has, so that a search for "Schweiz" finds CHE. */
export const SCHEMA = `
create table countries (
  code          text primary key check (code ~ '^[A-Z]{3}$'),
  code2         text not null,
  name          text not null,
  official_name text not null,
  capital       text not null,
  region        text not null,
  subregion     text not null,
  area_km2      double precision not null check (area_km2 >= 0),
  latitude      double precision not null,
  longitude     double precision not null,
  landlocked    boolean not null,
  independent   boolean not null,
  un_member     boolean not null,
  demonym       text not null,
  calling_code  text not null,
  web_domain    text not null
);
create table country_names (
  code     text not null references countries on delete cascade,
  language text not null,
  common   text not null,
  official text not null,
  primary key (code, language)
);
create table country_languages (
  code     text not null references countries on delete cascade,
  language text not null,
  name     text not null,
  primary key (code, language)
);
create table country_currencies (
  code     text not null references countries on delete cascade,
  currency text not null,
  name     text not null,
  symbol   text not null,
  primary key (code, currency)
);
create table country_borders (
  code      text not null references countries on delete cascade,
  neighbour text not null references countries on delete cascade,
  primary key (code, neighbour)
);

-- Great-circle distance in kilometres on a sphere of 6371 km (haversine).
create function distance_km(lat1 double precision, lon1 double precision, lat2 double precision, lon2 double precision)
returns double precision language sql immutable parallel safe as $$
  select 12742 * asin(least(1, sqrt(
    sin(radians(lat2 - lat1) / 2) ^ 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ^ 2
  )))
$$;
`;
