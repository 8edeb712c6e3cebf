using System.Diagnostics.CodeAnalysis;
using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Every failure of the migrations, in one place.</summary>
internal static class MigrationThrow
{
    [DoesNotReturn]
    public static void NoFiles(string place) => throw Usage(
        $"No migration files (*.sql) were found in {place}. Name the folder that holds them.");

    [DoesNotReturn]
    public static void DuplicateName(string name) => throw Usage(
        $"Two migrations have the name {name}. The name is the key of the tracking table: rename one.");

    [DoesNotReturn]
    public static void NoDirection(string name) => throw Usage(
        $"Migration {name} has no line \"-- +migrate Up\". Nothing in it would ever run: add that line before its first statement, "
        + "and \"-- +migrate Down\" before those that take it back.");

    [DoesNotReturn]
    public static void BeforeDirection(string name, int line) => throw Usage(
        $"Migration {name} has SQL at line {line}, before its first \"-- +migrate Up\" or \"-- +migrate Down\". It would never run: "
        + "move it below one of them.");

    [DoesNotReturn]
    public static void UnknownDirective(string name, int line, string content) => throw Usage(
        $"Migration {name}, line {line}: \"{content.Trim()}\" is not known. Known are \"-- +migrate\" with Up, Down, StatementBegin or "
            + $"StatementEnd.");

    [DoesNotReturn]
    public static void UnknownOption(string name, int line, string option) => throw Usage(
        $"Migration {name}, line {line}: the option \"{option}\" is not known. Known is notransaction.");

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
            $"Schema {schema} has the tables {string.Join(", ", tables)}, but no table {trackingTable}, which would say that the "
            + "migrations that make them were applied. Nothing was changed. If this is the wrong schema, correct search_path in the "
            + "connection. If the tables were made by other means and have the columns that the migrations give them, record that: CREATE "
            + $"TABLE {schema}.{trackingTable} (id text NOT NULL PRIMARY KEY, applied_at timestamp with time zone); INSERT INTO "
            + $"{schema}.{trackingTable} (id, applied_at) VALUES {string.Join(", ", migrations.Select(name => $"('{name}', now())"))}; "
            + "then run again. If they may go, drop them.");

    [DoesNotReturn]
    public static void TrackingNotATable(string schema, string trackingTable) => throw Usage(
        $"{schema}.{trackingTable}, which should say which migrations are applied, is not a table: reading it could run somebody's "
            + "functions. Nothing was changed. Find out who made it; rename or drop it.");

    [DoesNotReturn]
    public static void TrackingUnreadable(string schema, string trackingTable, string role) => throw Usage(
        $"Role {role} may not read {schema}.{trackingTable}, which says which migrations are applied. Nothing was changed. As its owner, "
            + $"run: GRANT SELECT ON {schema}.{trackingTable} TO {role};");

    [DoesNotReturn]
    public static void RunnerTimeout(string schema, TimeSpan waited, string holder) => throw Refused(
        $"Another runner is migrating schema {schema} ({holder}) and was not done after {waited.TotalSeconds:N0} s. Wait for it and run "
            + "again; if it hangs, see pg_stat_activity for what it waits for.", null);

    [DoesNotReturn]
    public static void NeedsOwnTransaction(string name) => throw Usage(
        $"Migration {name} says notransaction, so it cannot be applied inside the transaction of a load. Nothing was changed. Apply it "
            + $"first (migrate up), then run again.");

    [DoesNotReturn]
    public static void ReadOnly(string target, string why) =>
        throw Usage($"The migrations of {target} cannot be run: {why} Nothing was changed.");

    [DoesNotReturn]
    public static void MayNotCreate(string schema, string role, IEnumerable<string> pending) => throw Usage(
        $"Role {role} may not create in schema {schema}, and these migrations are pending: {string.Join(", ", pending)}. Nothing was "
            + $"changed. As the owner of the schema, run: GRANT CREATE ON SCHEMA {schema} TO {role}; or let a role that may apply them "
            + $"first (migrate up).");

    [DoesNotReturn]
    public static void TrackingUnwritable(string schema, string trackingTable, string role, string right) => throw Usage(
        $"Role {role} may not write {schema}.{trackingTable}, which says which migrations are applied. Nothing was changed. As its owner, "
            + $"run: GRANT {right} ON {schema}.{trackingTable} TO {role};");

    [DoesNotReturn]
    public static void SessionChanged(string target, int expected, int found) => throw Refused(
        $"The connection to {target} is not one session: the lock of the migrations was taken in server process {expected}, and a later "
            + $"statement ran in process {found}. A pooler that changes servers stands in between. What was not committed is rolled back. "
            + "Connect to the server itself, or to a pooler in session mode.", null);

    [DoesNotReturn]
    public static void PoolerForNoTransaction(string target, string name) => throw Usage(
        $"Migration {name} says notransaction, so its lock must belong to the session, and {target} is reached through a pooler, which may "
            + "give the session to others. Nothing was changed. Connect to the server itself.");

    [DoesNotReturn]
    public static void LockLost(string target, string name) => throw Refused(
        $"The session that ran migration {name}, which says notransaction, does not hold the lock of the migrations any more: another "
            + $"runner may have worked at the same time, or a pooler changes servers in front of {target}. Look at the status, and connect "
            + $"to the server itself.", null);

    [DoesNotReturn]
    public static void WouldTakeOthersAlong(string schema, IReadOnlyList<string> dependents) => throw Usage(
        $"Taking these migrations back would take along what others have made: {string.Join("; ", dependents)}. Nothing was changed. "
        + $"Drop or move them first, or allow that they are dropped too. They refer to tables or functions in schema {schema} that would "
        + $"be dropped.");

    [DoesNotReturn]
    public static void PlanChanged(IReadOnlyList<string> differences) => throw Usage(
        $"Since the plan was made the database has changed: {string.Join("; ", differences)}. Nothing was changed by this program. Look "
            + $"at the plan again.");

    [DoesNotReturn]
    public static void Count(int count) => throw Usage(
        $"{count} migrations were asked for; must be 1 or more.");

    [DoesNotReturn]
    public static void Unreachable(string target, string description, Exception error) => throw Refused(
        $"The database {target} could not be reached to look at its migrations: {description}",
            error);

    [DoesNotReturn]
    public static void ConnectionLost(string target, string? migration, NpgsqlException error) => throw Refused(
        migration is null
            ? $"The connection to {target} was lost: {error.Message} Run again."
            : $"The connection to {target} was lost during migration {migration}: {error.Message} Look at the status before running again: "
                + "the migration was either applied as a whole or not at all, unless it says notransaction.", error);

    [DoesNotReturn]
    public static void ReadRefused(string schema, PostgresException error) => throw Refused(
        $"PostgreSQL refused to show the state of the migrations in schema {schema}: {error.SqlState} {error.MessageText}. Correct that, "
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

    private static string Detail(PostgresException error) => string.IsNullOrEmpty(error.Hint) ? "" : $" Hint of the server: {error.Hint}";

    private static string Outcome(int number, MigrationScope scope) => (scope, number) switch
    {
        (MigrationScope.File, _) => "The migration was rolled back, nothing of it remains; those before it stay applied.",
        (MigrationScope.Everything, _) => "Everything was rolled back; nothing was changed.",
        (_, 1) => "Nothing of the migration remains; those before it stay applied.",
        _ => $"The migration says notransaction: its statements 1 to {number - 1} have run and remain, and it is not recorded.",
    };

    private static string Advice(string schema, string role, PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege =>
            $"Run as the role that owns the tables, or grant what is missing (to make tables: GRANT CREATE ON SCHEMA {schema} TO "
                + $"{role};), then run again.",
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateColumn
            or PostgresErrorCodes.UniqueViolation =>
            "Something made this outside the migrations, or another tool is running them now: look at the status and run again.",
        _ => "Correct the cause, then run again.",
    };

    private static MigrationException Usage(string message) => new(FailureKind.Usage, message);

    // What the role may not do is for somebody to allow, and no other try helps.
    private static MigrationException Refused(string message, Exception? cause) =>
        new(cause is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } ? FailureKind.Usage : FailureKind.Database,
            message, cause);
}
