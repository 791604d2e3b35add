/** Path of the websocket; other requests to upgrade are none of ours. */
export const socketPath = "/fhir/ws";
