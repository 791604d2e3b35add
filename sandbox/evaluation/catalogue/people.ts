/** Names of nobody, from several languages and scripts, and where they live. */

export const familyNames = [
  "Müller-Lüdenscheid",
  "O'Brannigan",
  "Łukaszewicz",
  "Şahinoğlu",
  "Nguyễn",
  "Hernández",
  "Okonjo",
  "Vandersloot",
  "Petrosyan",
  "Björklund",
  "Castellanos",
  "Abernathy",
  "Wojciechowski",
  "Tanahashi",
  "Delacroix",
  "Fitzwilliam",
  "Kowalczyk",
  "Ravindran",
  "Ó Súilleabháin",
  "Zimmermann",
] as const;

export const givenNames = {
  female: ["Zoë", "Marguerite", "Aşlı", "Philippa", "Ingeborg", "Xiomara", "Thandiwe", "Bronisława"],
  male: ["Jürgen", "Cornelius", "Ömer", "Bartholomew", "Ignacio", "Takumi", "Chukwuemeka", "Zbigniew"],
} as const;

export const streets = [
  "Larkspur Crescent",
  "Quarry Hollow Road",
  "Wilhelmstraße",
  "Old Tannery Lane",
  "Pinewhistle Avenue",
] as const;
export const cities = ["Ashbourne Falls", "Königsbrück", "Port Halloran", "Nether Wexley"] as const;

export const clinicians = [
  "Dr. Amara Lindqvist",
  "Dr. Tobias Ferreira",
  "Dr. Helena Marchetti",
  "Dr. Rafael Nakamura",
  "Dr. Greta Sorensen",
] as const;

export const timeZones = [
  "America/New_York",
  "America/Chicago",
  "America/Los_Angeles",
  "Europe/Berlin",
  "Europe/London",
] as const;
