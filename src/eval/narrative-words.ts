/**
 * Words with which a story is told and that say nothing a chart could deny. The evaluation's own list, so that a hole in the
 * gate's list would show: no finding, no medicine, no name belongs here.
 */
export const narrativeWords: ReadonlySet<string> = new Set(
  "he she they his her him who whom whose did do does done doing being over up down off out about came presented presenting arrived underwent treated treatment therapy received began begun given gave went moved improved improving increased decreased rose risen fell dropped peaked peak recovered remained subsequently meanwhile later initially followed following next previously hospitalised hospitalized hospitalisation course revealed showed demonstrated consistent found noted confirmed started continued changed stopped resumed restarted prescribed transitioned switched because until while when where against under underwent performed obtained measured evaluated managed without complications uneventful overall well good home left transferred condition total both each either neither per since despite although however therefore thus consequently this these those such".split(
    " ",
  ),
);
