/** English: instructions and follow-up. */
export const plan = {
  "instructions.lookedFor":
    "care plans, diet orders, messages to the patient, patient instructions of orders and medicines, and instruction or education sections of this stay's notes",
  "instructions.goals": "Goals: {goals}",
  "instructions.teaching": "Teaching",

  "followUp.lookedFor":
    "appointments after the stay, referral and consultation orders, tasks, follow-up sections of this stay's notes, and recommendations in its reports",
  "followUp.appointment":
    "Appointment ({status}): {name}[, with {who}], {when}[; reason: {reason}][; instruction: {instruction}]",
  "followUp.appointmentUndated":
    "Appointment ({status}): {name}[, with {who}], no date recorded[; reason: {reason}][; instruction: {instruction}]",
  "followUp.task":
    "Task ({status}): {name}[, assigned to {who}], due {when}[; reason: {reason}][; instruction: {instruction}]",
  "followUp.taskUndated":
    "Task ({status}): {name}[, assigned to {who}], no date recorded[; reason: {reason}][; instruction: {instruction}]",
  "followUp.referral":
    'Referral ({status}): {name}[, to {performer}][, due {due}][, ordered {date}][ by {requester}][; reason: {reason}][; note: "{note}"]',
  "followUp.order":
    'Order for after the stay ({status}): {name}[, to {performer}][, due {due}][, ordered {date}][ by {requester}][; reason: {reason}][; note: "{note}"]',
  "followUp.finding": 'Finding for follow-up ({report}): "{text}"',

  "unread.all": "The EHR could not be asked: only what came with its call was looked at.",
  "unread.types": "Not or not all read from the EHR: {types}.",
  "lookedFor.sentence": "Looked for {lookedFor}.",
} as const;
