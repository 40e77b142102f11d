// Serves an empty Cosmos DB account from memory until its standard input ends; prints the port that it took.
//
// Used instead of the package's own command because that closes every connection after one answer, and because
// the package answers 500 instead of 404 where a document that is read isn't there.
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
    return end.call(response, body);
  };
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
