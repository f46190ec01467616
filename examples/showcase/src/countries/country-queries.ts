/** The SQL of the atlas. Every query counts, joins and ranks on each call: that is the work the cache spares. */
import type { SortOrder } from './country-filter.js';

const ORDER: Record<SortOrder, string> = {
  name: 'c.name',
  area: 'c.area_km2 desc, c.name',
  smallest: 'c.area_km2, c.name',
  borders: 'neighbours desc, c.name',
  languages: 'spoken desc, c.name',
};

/** $1 text in any language (or ''), $2 region (or ''), $3 language code (or ''). */
export function findCodesSql(sort: SortOrder): string {
  return `
    select c.code,
           (select count(*) from country_borders b where b.code = c.code) as neighbours,
           (select count(*) from country_languages l where l.code = c.code) as spoken
    from countries c
    where ($1 = '' or c.name ilike '%' || $1 || '%' or c.capital ilike '%' || $1 || '%' or c.code = upper($1)
           or exists (select from country_names n
                      where n.code = c.code and (n.common ilike '%' || $1 || '%' or n.official ilike '%' || $1 || '%')))
      and ($2 = '' or c.region = $2)
      and ($3 = '' or exists (select from country_languages l where l.code = c.code and l.language = $3))
    order by ${ORDER[sort]}`;
}

/** $1 codes. */
export const FIND_CARDS = `
  select c.code, c.name, c.capital, c.region, c.subregion, c.area_km2 as "areaKm2",
         coalesce((select array_agg(l.name order by l.name) from country_languages l where l.code = c.code), '{}') as languages,
         coalesce((select array_agg(m.name order by m.name) from country_currencies m where m.code = c.code), '{}') as currencies,
         (select count(*)::int from country_borders b where b.code = c.code) as borders
  from countries c
  where c.code = any($1)`;

/** $1 codes. Ranks are among all countries, so all are ranked before the few are taken. */
export const FIND_COUNTRIES = `
  with ranked as (
    select *,
           rank() over (order by area_km2 desc) as area_rank,
           rank() over (partition by region order by area_km2 desc) as region_rank,
           count(*) over (partition by region) as region_size,
           area_km2 / nullif(sum(area_km2) over (partition by region), 0) as region_share
    from countries
  )
  select c.code, c.code2, c.name, c.official_name as "officialName", c.capital, c.region, c.subregion,
         c.area_km2 as "areaKm2", c.area_rank::int as "areaRank", c.region_rank::int as "areaRankInRegion",
         c.region_size::int as "countriesInRegion", coalesce(c.region_share, 0) as "areaShareOfRegion",
         c.latitude, c.longitude, c.landlocked, c.independent, c.un_member as "unMember", c.demonym,
         c.calling_code as "callingCode", c.web_domain as "webDomain",
         coalesce((select array_agg(l.name order by l.name) from country_languages l where l.code = c.code), '{}') as languages,
         coalesce((select array_agg(m.name || ' (' || m.symbol || ')' order by m.name) from country_currencies m where m.code = c.code), '{}') as currencies,
         coalesce((select array_agg(distinct n.common) from country_names n join country_languages l using (code, language)
                   where n.code = c.code and n.common <> c.name), '{}') as "nativeNames",
         (select count(*)::int from country_borders b where b.code = c.code) as borders
  from ranked c
  where c.code = any($1)`;

/** $1 code. Walks the borders two steps out; the shortest way to each country wins. */
export const FIND_NEIGHBOURS = `
  with recursive reachable (code, steps, via) as (
    select $1::text, 0, ''
    union
    select b.neighbour, r.steps + 1, case when r.steps = 1 then r.code else '' end
    from reachable r join country_borders b on b.code = r.code
    where r.steps < 2
  ),
  shortest as (select distinct on (code) code, steps, via from reachable order by code, steps, via)
  select s.code, c.name, s.steps, coalesce(v.name, '') as via
  from shortest s join countries c on c.code = s.code left join countries v on v.code = s.via
  where s.steps > 0
  order by s.steps, c.name`;

/** $1 code, $2 how many. Ranks all pairs, because "nearest" is asked from both ends. */
export const FIND_NEAREST = `
  with pairs as (
    select a.code as origin, b.code, b.name,
           distance_km(a.latitude, a.longitude, b.latitude, b.longitude) as distance
    from countries a cross join countries b
    where a.code <> b.code
  ),
  ranked as (
    select origin, code, name, distance,
           rank() over (partition by origin order by distance) as rank_from_origin,
           rank() over (partition by code order by distance) as rank_from_there
    from pairs
  )
  select code, name, round(distance)::int as "distanceKm", rank_from_there::int as "rankFromThere"
  from ranked
  where origin = $1
  order by distance
  limit $2`;

export const FIND_REGIONS = `select region as name, count(*)::int as countries from countries group by region order by region`;

export const FIND_LANGUAGES = `
  select language as code, min(name) as name, count(*)::int as countries
  from country_languages
  group by language
  order by name`;

/** $1 code, $2 name, $3 official name, $4 capital, $5 area. */
export const UPDATE_COUNTRY = `
  update countries set name = $2, official_name = $3, capital = $4, area_km2 = $5 where code = $1 returning code`;

/** $1 code. Returns who bordered it, read before the borders go with it. */
export const DELETE_COUNTRY = `
  delete from countries c
  where c.code = $1
  returning array(select b.neighbour from country_borders b where b.code = c.code) as neighbours`;
