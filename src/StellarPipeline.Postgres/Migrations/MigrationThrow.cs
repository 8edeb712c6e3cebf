using System.Diagnostics.CodeAnalysis;
using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>All errors of the migrations.</summary>
internal static class MigrationThrow
{
    private const int MostNamed = 3;

    [DoesNotReturn]
    public static void NoFiles(string place) => throw Usage(
        $"No migration files (*.sql) were found in {place}. Name the folder that holds them.");

    [DoesNotReturn]
    public static void DuplicateName(string name) => throw Usage(
        $"Two migrations have the name {name}. The name is the key of the tracking table: rename one.");

    [DoesNotReturn]
    public static void NoDirection(string name) => throw Usage(
        $"Migration {name} has no line \"-- +migrate Up\". Nothing in it would run: add that line before its first statement, "
        + "and \"-- +migrate Down\" before the statements that revert it.");

    [DoesNotReturn]
    public static void BeforeDirection(string name, int line) => throw Usage(
        $"Migration {name} has SQL at line {line}, before its first \"-- +migrate Up\" or \"-- +migrate Down\". That SQL would never run: "
        + "move it below one of them.");

    [DoesNotReturn]
    public static void UnknownDirective(string name, int line, string content) => throw Usage(
        $"Migration {name}, line {line}: \"{content.Trim()}\" is unknown. Use \"-- +migrate\" with Up, Down, StatementBegin or "
            + $"StatementEnd.");

    [DoesNotReturn]
    public static void UnknownOption(string name, int line, string option) => throw Usage(
        $"Migration {name}, line {line}: the option \"{option}\" is unknown. The only option is notransaction.");

    [DoesNotReturn]
    public static void Unterminated(string name, int line, int endLine) => throw Usage(
        $"Migration {name}: the statement that begins at line {line} has no semicolon before line {endLine}, or a quote, comment or "
        + "parenthesis in it is not closed. End it with a semicolon, or put it between \"-- +migrate StatementBegin\" and \"-- +migrate "
        + "StatementEnd\".");

    [DoesNotReturn]
    public static void UnclosedBlock(string name, int line) => throw Usage(
        $"Migration {name}: the \"-- +migrate StatementBegin\" of line {line} has no \"-- +migrate StatementEnd\" before the next "
            + "directive or the end of the file. Add it after the statement.");

    [DoesNotReturn]
    public static void BlockNotOpen(string name, int line) => throw Usage(
        $"Migration {name}, line {line}: \"-- +migrate StatementEnd\" without \"-- +migrate StatementBegin\" before it. Add one, or "
            + $"remove the other.");

    [DoesNotReturn]
    public static void TransactionControl(string name, int line, string word) => throw Usage(
        $"Migration {name}, line {line}: {word.ToUpperInvariant()} would end the transaction in which the file and its tracking row are "
            + "written together. Remove it; if it belongs to a function body (BEGIN ATOMIC), put the function between \"-- +migrate "
            + "StatementBegin\" and \"-- +migrate StatementEnd\"; if the file must not run in a transaction, say \"-- +migrate Up "
            + "notransaction\".");

    [DoesNotReturn]
    public static void NoSchema(string searchPath, string role) => throw Usage(
        $"No schema of the search path ({searchPath}) exists and may be used by role {role}. Create the schema and grant its use (CREATE "
        + "SCHEMA …; GRANT USAGE ON SCHEMA … TO …), or correct search_path in the connection, or name the schema.");

    [DoesNotReturn]
    public static void TrackingAbsent(string schema, string trackingTable, IEnumerable<string> tables, IEnumerable<string> migrations) =>
        throw Usage(
            $"Schema {schema} has the tables {string.Join(", ", tables)}, but no table {trackingTable}, which would record the "
            + "migrations that create them. Nothing was changed. If this is the wrong schema, correct search_path in the "
            + "connection. If the tables were created otherwise and have the columns that the migrations define, record that: CREATE "
            + $"TABLE {schema}.{trackingTable} (id text NOT NULL PRIMARY KEY, applied_at timestamp with time zone); INSERT INTO "
            + $"{schema}.{trackingTable} (id, applied_at) VALUES {string.Join(", ", migrations.Select(name => $"('{name}', now())"))}; "
            + "then run again. If the tables are not needed, drop them.");

    [DoesNotReturn]
    public static void TrackingNotATable(string schema, string trackingTable) => throw Usage(
        $"{schema}.{trackingTable}, which should record the applied migrations, is not a table: reading it could run functions of other "
        + "roles. Nothing was changed. Find out who created it; rename or drop it.");

    [DoesNotReturn]
    public static void TrackingUnreadable(string schema, IReadOnlyList<string> trackingTables, string role)
    {
        string tables = string.Join(", ", trackingTables.Select(table => $"{schema}.{table}"));
        string record = trackingTables.Count == 1 ? "which records the applied migrations" : "which record the applied migrations";
        throw Usage(
            $"Role {role} may not read {tables}, {record}. Nothing was changed. As the owner, run: GRANT SELECT ON {tables} TO {role};");
    }

    [DoesNotReturn]
    public static void RunnerTimeout(string schema, TimeSpan waited, string holder) => throw Refused(
        $"Another runner is migrating schema {schema} ({holder}) and did not finish within {waited.TotalSeconds:N0} s. Wait for it and run "
            + "again; if it hangs, see in pg_stat_activity what it waits for.", null);

    [DoesNotReturn]
    public static void NeedsOwnTransaction(string name) => throw Usage(
        $"Migration {name} says notransaction, so it cannot be applied inside the transaction of a load. Nothing was changed. Apply it "
            + $"first (migrate up), then run again.");

    [DoesNotReturn]
    public static void ReadOnly(string target, string why) =>
        throw Usage($"The migrations of {target} cannot be run: {why} Nothing was changed.");

    [DoesNotReturn]
    public static void MayNotCreate(string schema, string role, IReadOnlyList<string> pending)
    {
        // Two dozen names would hide the statement that helps.
        string which = pending.Count <= MostNamed
            ? $"these migrations are pending: {string.Join(", ", pending)}"
            : $"{pending.Count} migrations are pending, from {pending[0]} to {pending[^1]} (migrate status lists them)";
        throw Usage(
            $"Role {role} may not create in schema {schema}, and {which}. Nothing was changed. As the owner of the schema, run: GRANT "
                + $"CREATE ON SCHEMA {schema} TO {role}; or let a role that may apply them first (migrate up).");
    }

    [DoesNotReturn]
    public static void TrackingUnwritable(string schema, string trackingTable, string role, string right) => throw Usage(
        $"Role {role} may not write {schema}.{trackingTable}, which records the applied migrations. Nothing was changed. As its owner, "
            + $"run: GRANT {right} ON {schema}.{trackingTable} TO {role};");

    [DoesNotReturn]
    public static void SessionChanged(string target, int expected, int found) => throw Refused(
        $"The connection to {target} is not one session: the lock of the migrations was taken in server process {expected}, and a later "
            + $"statement ran in process {found}. A pooler in front of the server changes sessions. Uncommitted work is rolled back. "
            + "Connect to the server itself, or to a pooler in session mode.", null);

    [DoesNotReturn]
    public static void PoolerForNoTransaction(string target, string name) => throw Usage(
        $"Migration {name} says notransaction, so it needs a session-level lock, but {target} is reached through a pooler, which may "
            + "give the session to other clients. Nothing was changed. Connect to the server itself.");

    [DoesNotReturn]
    public static void LockLost(string target, string name) => throw Refused(
        $"The session that ran migration {name}, which says notransaction, no longer holds the lock of the migrations: another "
            + $"runner may have worked at the same time, or a pooler in front of {target} changes sessions. Check the status, and connect "
            + $"to the server itself.", null);

    [DoesNotReturn]
    public static void WouldTakeOthersAlong(string schema, IReadOnlyList<string> dependents) => throw Usage(
        $"Reverting these migrations would also drop objects of others: {string.Join("; ", dependents)}. Nothing was changed. "
        + $"Drop or move them first, or allow that they are dropped too. They refer to tables or functions in schema {schema} that would "
        + $"be dropped.");

    [DoesNotReturn]
    public static void PlanChanged(IReadOnlyList<string> differences) => throw Usage(
        $"The database has changed since the plan was made: {string.Join("; ", differences)}. This program changed nothing. Make a new "
        + $"plan.");

    [DoesNotReturn]
    public static void Count(int count) => throw Usage(
        $"The number of migrations is {count}; it must be 1 or more.");

    [DoesNotReturn]
    public static void Unreachable(string target, string description, Exception error) => throw Refused(
        $"The connection to {target} for its migrations failed: {description}",
            error);

    [DoesNotReturn]
    public static void ConnectionLost(string target, string? migration, NpgsqlException error) => throw Refused(
        migration is null
            ? $"The connection to {target} was lost: {error.Message} Run again."
            : $"The connection to {target} was lost during migration {migration}: {error.Message} Check the status before you run again: "
                + "the migration was either applied as a whole or not at all, unless it says notransaction.", error);

    [DoesNotReturn]
    public static void ReadRefused(string schema, PostgresException error) => throw Refused(
        $"PostgreSQL refused to read the state of the migrations in schema {schema}: {error.SqlState} {error.MessageText}. Correct that, "
            + $"then run again.",
            error);

    [DoesNotReturn]
    public static void StatementRefused(
        string name, int number, int line, MigrationScope scope, string schema, string role, PostgresException error) =>
            throw Refused(
            $"PostgreSQL refused statement {number} of migration {name} (line {line}): {error.SqlState} "
                + $"{error.MessageText}.{Detail(error)} {Outcome(number, scope)} {Advice(schema, role, error)}", error);

    [DoesNotReturn]
    public static void TrackingRefused(
        string name, string trackingTable, MigrationScope scope, string schema, string role, PostgresException error) =>
            throw Refused(
            $"PostgreSQL refused the tracking row of migration {name} in {schema}.{trackingTable}: {error.SqlState} {error.MessageText}. "
            + scope switch
            {
                MigrationScope.File => "The migration was rolled back.",
                MigrationScope.Everything => "Everything was rolled back; nothing was changed.",
                _ => "Its statements, which say notransaction, have run: add or remove the row by hand.",
            }
            + " " + Advice(schema, role, error), error);

    private static string Detail(PostgresException error) => string.IsNullOrEmpty(error.Hint) ? "" : $" Server hint: {error.Hint}";

    private static string Outcome(int number, MigrationScope scope) => (scope, number) switch
    {
        (MigrationScope.File, _) => "The migration was rolled back completely; earlier migrations stay applied.",
        (MigrationScope.Everything, _) => "Everything was rolled back; nothing was changed.",
        (_, 1) => "Nothing of the migration remains; earlier migrations stay applied.",
        _ => $"The migration says notransaction: its statements 1 to {number - 1} have run and remain, and it is not recorded.",
    };

    private static string Advice(string schema, string role, PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege =>
            $"Run as the role that owns the tables, or grant what is missing (to make tables: GRANT CREATE ON SCHEMA {schema} TO "
                + $"{role};), then run again.",
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateColumn
            or PostgresErrorCodes.UniqueViolation =>
            "This was created outside the migrations, or another tool is running them at the moment: check the status and run again.",
        _ => "Correct the cause, then run again.",
    };

    private static MigrationException Usage(string message) => new(FailureKind.Usage, message);

    // A missing privilege must be granted by someone; another attempt does not help.
    private static MigrationException Refused(string message, Exception? cause) =>
        new(cause is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } ? FailureKind.Usage : FailureKind.Database,
            message, cause);
}
