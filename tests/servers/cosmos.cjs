// Serves a Cosmos DB account until its standard input ends; prints the port that it took.
// Called as: cosmos.cjs [port, 0 for any] [file that the account is kept in; without one it is in memory].
//
// Used instead of the package's own command because that closes every connection after one answer, and because
// the package answers 500 instead of 404 where a document that is read isn't there, and names partition key ranges by
// numbers instead of texts, so that no client would find the session tokens that it keeps for them.
const [port, journal] = process.argv.slice(2);
if (journal) require("./journal.cjs").keepIn(journal);
const { createHttpServer } = require("@vercel/cosmosdb-server");

const MISSING = JSON.stringify({ code: "NotFound", message: "Entity with the specified id does not exist." });

console.error = () => {};
const server = createHttpServer({ keepAlive: true });
server.prependListener("request", (request, response) => {
  const end = response.end;
  response.end = (body) => {
    const failed = response.statusCode === 500 && request.method === "GET" && request.url.includes("/docs/");
    if (failed && String(body).includes("Cannot read properties of undefined")) {
      response.statusCode = 404;
      return end.call(response, MISSING);
    }
    if (request.url.includes("/pkranges")) return end.call(response, String(body).replace(/"id":(\d+)/g, '"id":"$1"'));
    return end.call(response, body);
  };
});
server.keepAliveTimeout = 600_000;
server.listen(Number(port || 0), "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
