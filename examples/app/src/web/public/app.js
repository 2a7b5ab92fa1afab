/** The page: shows either the login or the notes, and says aloud what happens. */
import { addNote, fetchInfo, fetchNotes, isLoggedIn, logIn, logOut } from '/api.js'

const element = id => document.getElementById(id)
const loginForm = document.querySelector('#login form')
const noteForm = document.querySelector('#notes form')
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const PAGE = 100

function say(message) {
  element('message').textContent = message
}

/** Runs one action of the user. What fails is said; a session that has ended leads to the login. */
async function attempt(work, button) {
  say('')
  if (button) button.disabled = true
  try {
    await work()
  } catch (error) {
    if (error.status === 401 && isLoggedIn()) {
      logOut()
      show('login')
      say('Your session has ended. Log in again.')
    } else {
      say(error.message)
    }
  } finally {
    if (button) button.disabled = false
  }
}

function show(section) {
  // What one user has read is not left in the page for the next.
  if (section === 'login') element('list').replaceChildren()
  for (const id of ['login', 'notes']) element(id).hidden = id !== section
  element('logout').hidden = section !== 'notes'
  element(`${section}-heading`).focus()
}

function noteItem({ id, author, text, createdAt }) {
  const item = document.createElement('li')
  item.dataset.id = id
  const paragraph = document.createElement('p')
  paragraph.textContent = text
  const time = document.createElement('time')
  time.dateTime = createdAt
  time.textContent = `${author}, ${date.format(new Date(createdAt))}`
  item.append(paragraph, time)
  return item
}

function append(notes) {
  element('list').append(...notes.map(noteItem))
  element('older').hidden = notes.length < PAGE
  element('empty').hidden = element('list').children.length > 0
}

async function showNotes() {
  const notes = await fetchNotes()
  element('list').replaceChildren()
  append(notes)
  show('notes')
}

loginForm.addEventListener('submit', event => {
  event.preventDefault()
  attempt(async () => {
    await logIn(loginForm.username.value, loginForm.password.value)
    loginForm.reset()
    await showNotes()
  }, event.submitter)
})

noteForm.addEventListener('submit', event => {
  event.preventDefault()
  attempt(async () => {
    const note = await addNote(noteForm.text.value)
    element('list').prepend(noteItem(note))
    element('empty').hidden = true
    noteForm.reset()
    say('Note added.')
  }, event.submitter)
})

element('older').addEventListener('click', ({ currentTarget }) =>
  attempt(async () => append(await fetchNotes(element('list').lastElementChild.dataset.id)), currentTarget),
)

element('logout').addEventListener('click', () => {
  logOut()
  show('login')
})

attempt(async () => {
  const { companyName, plan } = await fetchInfo()
  document.title = `${companyName} – Notes`
  element('company').textContent = companyName
  element('plan').textContent = `Plan: ${plan}`
})

if (isLoggedIn()) {
  attempt(showNotes).then(() => {
    if (element('notes').hidden) show('login')
  })
} else {
  show('login')
}
