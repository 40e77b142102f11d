// Keeps a Cosmos DB account in a file, so that it outlives its server: every change is written down before it is
// answered, and a server that starts on the file begins where the last one was killed.
const fs = require("fs");
const account = require("@vercel/cosmosdb-server/lib/account");
const items = require("@vercel/cosmosdb-server/lib/account/items").default;

const KEPT = ["Databases", "Collections", "Documents"];

exports.keepIn = (path) => {
  let restoring = true;
  const note = (entry) => restoring || fs.appendFileSync(path, JSON.stringify(entry) + "\n");
  const parentOf = (set) => (set._parent.read() || {})._self || "";

  const { _set, delete: remove } = items.prototype;
  items.prototype._set = function (data) {
    const kept = _set.call(this, data);
    if (KEPT.includes(this.constructor.name)) note({ set: this.constructor.name, of: parentOf(this), data: kept });
    return kept;
  };
  items.prototype.delete = function (id, partition) {
    const known = this._item("/id", id, partition).read();
    remove.call(this, id, partition);
    if (KEPT.includes(this.constructor.name))
      note({ gone: this.constructor.name, of: parentOf(this), id: known.id, partition });
  };

  const Account = account.default;
  account.default = class extends Account {
    constructor(...where) {
      super(...where);
      restoring = true;
      const sets = { Databases: { "": this.databases }, Collections: {}, Documents: {} };
      const lines = fs.existsSync(path) ? fs.readFileSync(path, "utf8").split("\n") : [];
      for (const line of lines.filter(Boolean)) {
        const entry = JSON.parse(line);
        const set = sets[entry.set || entry.gone][entry.of];
        if (entry.gone) {
          set.delete(entry.id, entry.partition);
          continue;
        }
        set._set(entry.data);
        set._ridCount = Math.max(set._ridCount, set._data.size) + 1;
        const item = set._data.get(entry.data._rid);
        if (entry.set === "Databases") sets.Collections[entry.data._self] = item.collections;
        if (entry.set === "Collections") sets.Documents[entry.data._self] = item.documents;
      }
      restoring = false;
    }
  };
};
