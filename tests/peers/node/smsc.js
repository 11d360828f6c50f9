// An SMSC of node-smpp: what happens goes to standard output, a JSON object a line; orders come
// from standard input in the same form. It ends when standard input does.
'use strict';

const smpp = require('smpp');
const readline = require('readline');

const [systemId, password] = process.argv.slice(2);
const sessions = [];
const parts = new Map();
let ids = 0;

const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

// The session that is bound in a mode that lets it do what is wanted.
const able = (modes) => sessions.find((session) => modes.includes(session.mode));
const receiver = () => able(['transceiver', 'receiver']);

const server = smpp.createServer((session) => {
  for (const mode of ['transceiver', 'receiver', 'transmitter']) {
    session.on(`bind_${mode}`, (pdu) => {
      const known = pdu.system_id === systemId && pdu.password === password;
      session.send(pdu.response(known
        ? { system_id: 'node-smpp', sc_interface_version: 0x34 }
        : { command_status: smpp.ESME_RINVPASWD }));
      if (known) {
        session.mode = mode;
        sessions.push(session);
      }
      say({ event: 'bind', mode, known, version: pdu.interface_version });
    });
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => {
    session.send(pdu.response());
    say({ event: 'enquire_link' });
  });
  session.on('unbind', (pdu) => {
    session.send(pdu.response(), () => session.close());
    say({ event: 'unbind', mode: session.mode });
  });
  session.on('unknown', (pdu) => say({ event: 'unknown', id: pdu.command_id }));
  session.on('error', (error) => say({ event: 'error', what: String(error) }));
  session.on('close', () => {
    if (sessions.includes(session)) sessions.splice(sessions.indexOf(session), 1);
  });
});

// Where a part belongs: which message, which part of how many.
function place(pdu) {
  const headers = pdu.short_message.udh || [];
  const narrow = headers.find((header) => header[0] === 0x00);
  if (narrow) return { form: 'udh8', message: narrow[2], total: narrow[3], part: narrow[4] };
  const wide = headers.find((header) => header[0] === 0x08);
  if (wide) {
    return { form: 'udh16', message: wide.readUInt16BE(2), total: wide[4], part: wide[5] };
  }
  if (pdu.sar_total_segments !== undefined) {
    const { sar_msg_ref_num: message, sar_total_segments: total, sar_segment_seqnum: part } = pdu;
    return { form: 'sar', message, total, part };
  }
  const form = pdu.message_payload ? 'payload' : 'short';
  return { form, message: pdu.sequence_number, total: 1, part: 1 };
}

function submitted(session, pdu) {
  const id = (++ids).toString(16).padStart(8, '0');
  session.send(pdu.response({ message_id: id }));
  const { form, message, total, part } = place(pdu);
  const text = pdu.message_payload ? pdu.message_payload.message : pdu.short_message.message;
  const key = `${pdu.destination_addr} ${message} ${total}`;
  const whole = parts.get(key) || new Array(total).fill(null);
  whole[part - 1] = text;
  parts.set(key, whole);
  if (pdu.registered_delivery & 1) receipt(pdu, id);
  if (whole.includes(null)) return;
  parts.delete(key);
  say({
    event: 'text', form, parts: total, from: pdu.source_addr, to: pdu.destination_addr,
    coding: pdu.data_coding, text: whole.join(''), mode: session.mode,
  });
}

function receipt(pdu, id) {
  receiver().deliver_sm({
    esm_class: 4,
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611230400 done date:2611230401 ` +
      'stat:DELIVRD err:000 text:',
    receipted_message_id: id,
    message_state: 2,
  }, (answer) => say({ event: 'receipt', id, status: answer.command_status }));
}

const orders = {
  // A phone's text; several are the parts of a long one, with a header each.
  deliver({ from, to, coding, texts }) {
    texts.forEach((text, at) => {
      const udh = Buffer.from([5, 0, 3, 77, texts.length, at + 1]);
      receiver().deliver_sm({
        source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to,
        data_coding: coding,
        short_message: texts.length > 1 ? { udh, message: text } : text,
      }, (answer) => say({ event: 'delivered', status: answer.command_status }));
    });
  },
  enquire() {
    for (const session of sessions) {
      session.enquire_link((answer) => say({ event: 'alive', status: answer.command_status }));
    }
  },
  unbind() {
    for (const session of [...sessions]) {
      session.unbind((answer) => {
        say({ event: 'unbound', status: answer.command_status });
        session.close();
      });
    }
  },
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    orders[order.order](order);
  })
  .on('close', () => process.exit(0));

server.listen(0, '127.0.0.1', () => say({ event: 'listens', port: server.address().port }));
