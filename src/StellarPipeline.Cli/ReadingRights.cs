using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli;

/// <summary>The rights of a role that only reads.</summary>
internal static class ReadingRights
{
    private const string Unreadable = """
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(current_user)
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         WHERE n.nspname::text OPERATOR(pg_catalog.=) $1 AND c.relname::text OPERATOR(pg_catalog.=) ANY ($2)
           AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::"char"[]) AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
         ORDER BY 1
        """;

    /// <summary>Refuses a command whose role may not read one of its tables; names all of them in one statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="schema">The schema of the tables.</param>
    /// <param name="tables">Their names; those that do not exist are ignored.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="CommandLineException">SELECT is missing on at least one (kind usage).</exception>
    public static async Task RequireAsync(
        NpgsqlConnection connection, string schema, IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        await using var command =
            new NpgsqlCommand(Unreadable, connection)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = schema },
                    new NpgsqlParameter<string[]> { TypedValue = [.. tables] },
                },
            };
        var names = new List<string>();
        string role = "";
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                names.Add(reader.GetString(0));
                role = reader.GetString(1);
            }
        }

        if (names.Count == 0) return;
        string list = string.Join(", ", names);
        throw new CommandLineException(
            FailureKind.Usage, $"Role {role} may not read {list}. As the owner, run: GRANT SELECT ON {list} TO {role};");
    }
}
