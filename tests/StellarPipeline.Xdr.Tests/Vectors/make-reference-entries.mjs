// Makes reference-entries.jsonl: ledger entries with arms that recorded ledgers rarely or never hold, encoded and decoded by the Rust
// stellar-xdr (protocol 27), so that our decoder is compared with one that others wrote.
// Run in a folder where `npm install @stellar/stellar-xdr-json@27.0.0` was run: node make-reference-entries.mjs > reference-entries.jsonl
import init, { decode, encode } from "@stellar/stellar-xdr-json";
import fs from "node:fs";

const library = new URL(import.meta.resolve("@stellar/stellar-xdr-json"));
await init(fs.readFileSync(new URL("stellar_xdr_json_bg.wasm", library)));

const accounts = ["GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN"];
const muxed = ["MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ"];
const contract = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA";
const pool = "LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN";
const balance = "BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU";
const payload32 = "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAQACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6IBZGM";
const payload29 = "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUAAAAFGBU";
const preAuthorized = "TBIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCUKRKFIVCIJS";
const hashX = "XBJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFEUSSKJJFE4EM";
const hash = fill => fill.toString(16).padStart(2, "0").repeat(32);
const i64max = "9223372036854775807", i64min = "-9223372036854775808", u64max = "18446744073709551615", u32max = 4294967295;

const keyOf = data => {
  const [type, body] = Object.entries(data)[0];
  switch (type) {
    case "account": return { account: { account_id: body.account_id } };
    case "trustline": return { trustline: { account_id: body.account_id, asset: body.asset } };
    case "offer": return { offer: { seller_id: body.seller_id, offer_id: body.offer_id } };
    case "data": return { data: { account_id: body.account_id, data_name: body.data_name } };
    case "claimable_balance": return { claimable_balance: { balance_id: body.balance_id } };
    case "liquidity_pool": return { liquidity_pool: { liquidity_pool_id: body.liquidity_pool_id } };
    case "contract_data": return { contract_data: { contract: body.contract, key: body.key, durability: body.durability } };
    case "contract_code": return { contract_code: { hash: body.hash } };
    case "config_setting": return { config_setting: { config_setting_id: Object.keys(body)[0] } };
    default: return { ttl: { key_hash: body.key_hash } };
  }
};

const add = (name, data, ext = "v0", sequence = 7) => {
  const xdr = encode("LedgerEntry", JSON.stringify({ last_modified_ledger_seq: sequence, data, ext }));
  const key = encode("LedgerKey", JSON.stringify(keyOf(data)));
  console.log(JSON.stringify({ name, type: Object.keys(data)[0], key, xdr, json: JSON.parse(decode("LedgerEntry", xdr)) }));
};
const sponsored = account => ({ v1: { sponsoring_id: account, ext: "v0" } });

const liabilities = { buying: i64max, selling: i64min };
const account = fields => ({
  account: {
    account_id: accounts[0], balance: "1", seq_num: "2", num_sub_entries: 0, inflation_dest: null, flags: 0, home_domain: "",
    thresholds: "01020304", signers: [], ext: "v0", ...fields,
  },
});
const sponsors = (ids, ext) => ({ v1: { liabilities, ext: { v2: { num_sponsored: u32max, num_sponsoring: 3, signer_sponsoring_i_ds: ids, ext } } } });
const times = { v3: { ext: "v0", seq_ledger: u32max, seq_time: u64max } };
const signers = [[accounts[1], 1], [preAuthorized, 255], [hashX, u32max], [payload32, 2], [payload29, 3]].map(([key, weight]) => ({ key, weight }));
const twenty = make => Array.from({ length: 20 }, (_, index) => make(index));
add("account with every kind of signer", account({ signers, home_domain: "abcde", inflation_dest: accounts[1] }), sponsored(accounts[1]));
add("account with signers and sponsors", account({ signers, ext: sponsors([null, accounts[0], null, accounts[1], null], times), home_domain: "x".repeat(32) }), sponsored(null));
add("account with sponsors but no signers", account({ ext: sponsors([accounts[1]], "v0"), balance: i64min, seq_num: i64max }));
add("account with an odd home domain", account({ home_domain: "\\0\\xff\\n\\\\\"", inflation_dest: accounts[1], ext: { v1: { liabilities, ext: "v0" } } }), sponsored(accounts[0]), u32max);
add("account with twenty signers", account({
  signers: twenty(index => ({ key: index % 2 ? payload32 : accounts[1], weight: index })),
  ext: sponsors(twenty(index => index % 3 ? accounts[1] : null), times),
}));

const short = code => ({ credit_alphanum4: { asset_code: code, issuer: accounts[1] } });
const long = code => ({ credit_alphanum12: { asset_code: code, issuer: accounts[1] } });
const trustline = (asset, ext = "v0") => ({ trustline: { account_id: accounts[0], asset, balance: i64min, limit: i64max, flags: u32max, ext } });
add("trustline to native", trustline("native"));
add("trustline to a pool", trustline({ pool_share: pool }, { v1: { liabilities, ext: { v2: { liquidity_pool_use_count: -1, ext: "v0" } } } }), sponsored(accounts[1]));
add("trustline to an odd code", trustline(short("\\0\\xffA")));
add("trustline to an empty code", trustline(short(""), { v1: { liabilities, ext: "v0" } }));
add("trustline to a code of twelve", trustline(long("ABCDEFGHIJKL")));

const offer = (selling, buying) => ({
  offer: { seller_id: accounts[0], offer_id: "-1", selling, buying, amount: i64max, price: { n: -1, d: 2147483647 }, flags: 1, ext: "v0" },
});
const liquidityPool = (asset_a, asset_b) => ({
  liquidity_pool: {
    liquidity_pool_id: pool,
    body: {
      liquidity_pool_constant_product: {
        params: { asset_a, asset_b, fee: -30 }, reserve_a: "1", reserve_b: "2", total_pool_shares: "3", pool_shares_trust_line_count: i64min,
      },
    },
  },
});
for (const left of ["native", short("USD"), long("LONGER")]) {
  for (const right of ["native", short("A"), long("ABCDEFGHIJKL")]) {
    add("offer", offer(left, right), sponsored(accounts[1]));
    add("liquidity pool", liquidityPool(left, right));
  }
}

add("data without value", { data: { account_id: accounts[0], data_name: "", data_value: "", ext: "v0" } });
add("data of full length", { data: { account_id: accounts[0], data_name: "n".repeat(64), data_value: "ab".repeat(64), ext: "v0" } }, sponsored(accounts[1]));

const absolute = { before_absolute_time: "1700000000" }, relative = { before_relative_time: "-5" };
const claimant = (predicate, destination = accounts[0]) => ({ claimant_type_v0: { destination, predicate } });
const claimableBalance = (claimants, asset, ext = "v0") => ({ claimable_balance: { balance_id: balance, claimants, asset, amount: "5", ext } });
add("claimable balance with every predicate", claimableBalance([
  claimant("unconditional"), claimant({ and: [absolute, relative] }),
  claimant({ or: [{ not: absolute }, { and: [{ or: [absolute, "unconditional"] }, { not: { not: relative } }] }] }),
  claimant({ not: null }), claimant({ and: [] }), claimant({ or: [relative] }), claimant(absolute, accounts[1]), claimant(relative),
], long("CODE12"), { v1: { ext: "v0", flags: 1 } }), sponsored(accounts[1]));
add("claimable balance without claimants", claimableBalance([], "native"));

const contractData = (key, val, owner = contract, durability = "persistent") => ({ contract_data: { ext: "v0", contract: owner, key, durability, val } });
const codes = ["arith_domain", "index_bounds", "invalid_input", "missing_value", "existing_value", "exceeded_limit", "invalid_action", "internal_error", "unexpected_type", "unexpected_size"];
const sources = ["wasm_vm", "context", "storage", "object", "crypto", "events", "budget", "value", "auth"];
add("every error", contractData({
  vec: [{ error: { contract: u32max } }, ...sources.map((source, index) => ({ error: { [source]: codes[index + 1] } })), { error: { value: codes[0] } }],
}, "void"));
const i128 = { least: (-(1n << 127n)).toString(), most: ((1n << 127n) - 1n).toString() }, u128max = ((1n << 128n) - 1n).toString();
const i256 = { least: (-(1n << 255n)).toString(), most: ((1n << 255n) - 1n).toString() }, u256max = ((1n << 256n) - 1n).toString();
add("every number", contractData(
  { vec: [{ bool: true }, { bool: false }, "void", { u32: u32max }, { i32: -2147483648 }, { u64: u64max }, { i64: i64min }, { timepoint: u64max }, { duration: "1" }] },
  {
    map: [
      { key: { u128: u128max }, val: { u128: "18446744073709551616" } }, { key: { i128: i128.least }, val: { i128: i128.most } },
      { key: { i128: "-1" }, val: { i128: "0" } }, { key: { u256: u256max }, val: { u256: "340282366920938463463374607431768211456" } },
      { key: { i256: i256.least }, val: { i256: i256.most } }, { key: { i256: "-1" }, val: { u256: "0" } },
    ],
  }));
add("every text", contractData(
  { vec: [{ bytes: "" }, { bytes: "00ff0a" }, { string: "" }, { string: "\\0\\xc3\\xa9\\t\\\\z" }, { symbol: "" }, { symbol: "a".repeat(32) }, { bytes: "ab".repeat(100) }] },
  { string: "s".repeat(77) }, contract, "temporary"));
add("every address", contractData(
  { map: [{ key: { address: accounts[0] }, val: { address: contract } }, { key: { address: muxed[0] }, val: { address: muxed[1] } }, { key: { address: balance }, val: { address: pool } }] },
  { address: accounts[1] }, accounts[0]));
for (const owner of [muxed[0], balance, pool])
  add(`contract data of ${owner[0]}`, contractData({ ledger_key_nonce: { nonce: i64min } }, "ledger_key_contract_instance", owner, "temporary"));
add("absent list and map", contractData({ vec: null }, { map: null }));
add("empty list and map", contractData({ vec: [] }, { map: [] }));
const instance = (executable, storage) => ({ contract_instance: { executable, storage } });
add("instance without storage", contractData("ledger_key_contract_instance", instance({ wasm: hash(0xab) }, null)));
add("instance with empty storage", contractData("ledger_key_contract_instance", instance("stellar_asset", [])));
add("instances inside instances", contractData(
  instance({ wasm: hash(1) }, [
    { key: instance("stellar_asset", null), val: instance({ wasm: hash(2) }, []) },
    { key: { u32: 1 }, val: { vec: [instance("stellar_asset", [{ key: "void", val: "void" }]), { u32: 2 }] } },
  ]),
  { vec: [{ vec: [{ vec: null }, { vec: [{ map: [] }] }] }, { u32: 9 }] }));

add("contract code without cost inputs", { contract_code: { ext: "v0", hash: hash(3), code: "" } });
const cost_inputs = {
  ext: "v0", n_instructions: 1, n_functions: 2, n_globals: 3, n_table_entries: 4, n_types: 5, n_data_segments: 6, n_elem_segments: 7, n_imports: 8, n_exports: 9,
  n_data_segment_bytes: u32max,
};
add("contract code with cost inputs", { contract_code: { ext: { v1: { ext: "v0", cost_inputs } }, hash: hash(4), code: "0061736d01" } });

const costs = count => Array.from({ length: count }, (_, index) => ({ ext: "v0", const_term: String(index), linear_term: String(-index) }));
for (const setting of [
  { contract_max_size_bytes: u32max },
  { contract_compute_v0: { ledger_max_instructions: i64max, tx_max_instructions: i64min, fee_rate_per_instructions_increment: "3", tx_memory_limit: 4 } },
  { contract_historical_data_v0: { fee_historical1_kb: i64min } },
  { contract_cost_params_cpu_instructions: costs(3) },
  { contract_cost_params_memory_bytes: costs(86) },
  { contract_cost_params_memory_bytes: [] },
  { live_soroban_state_size_window: ["1", u64max, "3"] },
  { live_soroban_state_size_window: [] },
  { eviction_iterator: { bucket_list_level: 6, is_curr_bucket: true, bucket_file_offset: u64max } },
  { eviction_iterator: { bucket_list_level: 0, is_curr_bucket: false, bucket_file_offset: "0" } },
  { frozen_ledger_keys: { keys: [`00000009${hash(1)}`, "ff", "", "ab".repeat(7)] } },
  { frozen_ledger_keys_delta: { keys_to_freeze: ["01", "020304050607"], keys_to_unfreeze: ["0a0b0c0d"] } },
  { frozen_ledger_keys_delta: { keys_to_freeze: [], keys_to_unfreeze: [] } },
  { freeze_bypass_txs: { tx_hashes: [] } },
  { freeze_bypass_txs_delta: { add_txs: [hash(1), hash(2)], remove_txs: [hash(3)] } },
  { freeze_bypass_txs_delta: { add_txs: [], remove_txs: [hash(4)] } },
  { contract_parallel_compute_v0: { ledger_max_dependent_tx_clusters: 12 } },
  { contract_execution_lanes: { ledger_max_tx_count: 13 } },
])
  add(`setting ${Object.keys(setting)[0]}`, { config_setting: setting });
add("time to live", { ttl: { key_hash: hash(9), live_until_ledger_seq: u32max } }, sponsored(null));
