using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Creates every exception of a query.</summary>
internal static class QueryThrow
{
    public static DatabaseException Failed(Query query, NpgsqlConnection connection, NpgsqlException cause)
    {
        string advice = cause is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable }
            ? " The table does not exist: run migrate up, or name the schema that has the tables (search_path in the address)."
            : "";
        return new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"The query {query.Name} failed on {connection.Host}:{connection.Port}, database {connection.Database}: "
                        + $"{cause.Message}{advice}"), cause);
    }

    public static IngestCursorException CursorIsNoLedger(string key, string value) => new(
        key,
        $"The cursor {key} in ingest_store is \"{value}\", which is not a ledger. Nothing was changed. Find out which program wrote it, "
            + $"then correct or delete it.");

    public static IngestCursorException CursorMoved(string key, IReadOnlyList<uint> expected, uint? found, uint wanted)
    {
        string state = found is null ? "is missing" : FormattableString.Invariant($"is at {found.Value:N0}");
        string before = string.Join(" or ", expected.Select(ledger => ledger.ToString("N0", CultureInfo.InvariantCulture)));
        return new IngestCursorException(key, string.Create(CultureInfo.InvariantCulture,
            $"The cursor {key} in ingest_store {state}, but {before} was expected before moving it to {wanted:N0}. The cursor was "
                + $"not changed. ")
            + "Another program moved it: make sure that only one program ingests into this database, then run again.");
    }

    public static QueryInputException NoAddress(string text, StrKeyProblem problem)
    {
        string why = problem switch
        {
            StrKeyProblem.Checksum => "its checksum is wrong, so at least one character is wrong",
            StrKeyProblem.Length =>
                string.Create(CultureInfo.InvariantCulture,
                    $"it has {text.Length} characters; G and C addresses have {StrKey.KeyChars}, M and W addresses "
                            + $"{StrKey.MuxedAccountChars}"),
            StrKeyProblem.Character => "it contains a character other than A to Z and 2 to 7",
            StrKeyProblem.Version => "it begins with a letter that no address begins with",
            _ => "it is not well formed",
        };
        return new QueryInputException($"{Shown(text)} is not an address: {why}. Copy it again, complete and in capital letters.");
    }

    public static QueryInputException AddressOfOtherKind(StrKeyKind kind) => new(
        kind == StrKeyKind.Seed
            ? "The text is a secret seed, not an address. Anyone who may have seen it can spend from the account: move its balances to "
                + "another account. Give the address that begins with G."
            : $"The text is a strkey of kind {kind}. Give an account (G…, M…) or a contract (C…, W…).");

    public static QueryInputException NoHash(string text) =>
        new($"{Shown(text)} is not a transaction hash: give 64 hexadecimal digits.");

    public static QueryInputException NoCursor(string text) =>
        new($"{Shown(text)} is not a cursor of this list. Give a cursor that a page of this list returned, or none for the first page.");

    // A seed is a secret, and people mistype and paste whatever is on their clipboard where an address, a hash or a cursor belongs.
    private static string Shown(string text) => SeedText.MayBeIn(text) ? "The text" : $"\"{text}\"";

    public static QueryInputException Limit(int limit, int max) =>
        new(FormattableString.Invariant($"A page has 1 to {max:N0} rows, not {limit:N0}."));
}
