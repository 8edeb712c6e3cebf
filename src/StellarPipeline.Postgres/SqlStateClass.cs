namespace StellarPipeline.Postgres;

/// <summary>
/// One row of the table that tells whether an error is transient: whether the same load may succeed in a moment, or would fail again.
/// </summary>
/// <remarks>
/// Classes and codes: PostgreSQL manual, appendix A. Every class has a row; states that differ from their class have their own row. The
/// documentation shows this table, and the program uses it to decide whether to try again.
/// </remarks>
/// <param name="Code">Two characters for a class, five for one state.</param>
/// <param name="Passes">Whether the whole load should be tried again.</param>
/// <param name="Meaning">The name of the state, and the reason for the decision.</param>
internal sealed record SqlStateClass(string Code, bool Passes, string Meaning)
{
    /// <summary>All classes, each followed by the states that differ from it.</summary>
    public static IReadOnlyList<SqlStateClass> All { get; } =
    [
        new("00", false, "successful completion"),
        new("01", false, "warning"),
        new("02", false, "no data"),
        new("03", false, "SQL statement not yet complete"),
        new("08", true, "connection exception: a new connection is opened"),
        new("08007", false, "transaction resolution unknown: the load may be complete"),
        new("08P01", false,
            "protocol violation: the same bytes, or the same parameter that a pooler does not take, would be refused again"),
        new("09", false, "triggered action exception"),
        new("0A", false, "feature not supported"),
        new("0B", false, "invalid transaction initiation"),
        new("0F", false, "locator exception"),
        new("0L", false, "invalid grantor"),
        new("0P", false, "invalid role specification"),
        new("0Z", false, "diagnostics exception"),
        new("20", false, "case not found"),
        new("21", false, "cardinality violation"),
        new("22", false, "data exception: the same rows come again"),
        new("23", false, "integrity constraint violation: the same rows come again"),
        new("24", false, "invalid cursor state"),
        new("25", false, "invalid transaction state: read-only servers and time-outs of a role stay as they are"),
        new("26", false, "invalid SQL statement name"),
        new("27", false, "triggered data change violation"),
        new("28", false, "invalid authorization: the log-in is refused again"),
        new("2B", false, "dependent privilege descriptors still exist"),
        new("2D", false, "invalid transaction termination"),
        new("2F", false, "SQL routine exception"),
        new("34", false, "invalid cursor name"),
        new("38", false, "external routine exception"),
        new("39", false, "external routine invocation exception"),
        new("3B", false, "savepoint exception"),
        new("3D", false, "invalid catalog name: the database does not exist"),
        new("3F", false, "invalid schema name"),
        new("40", true, "transaction rollback: a dead-lock or a serialization failure chose this session"),
        new("40002", false, "transaction integrity constraint violation: the same rows come again"),
        new("40003", false, "statement completion unknown: the load may be complete"),
        new("42", false, "syntax error or access rule violation: tables, columns and rights stay as they are"),
        new("44", false, "WITH CHECK OPTION violation"),
        new("53", false,
            "insufficient resources: a full disk (53100), too little memory (53200) or a limit of the configuration (53400) needs "
                + "somebody"),
        new("53300", true, "too many connections: some of them will end"),
        new("54", false, "program limit exceeded"),
        new("55", false, "object not in prerequisite state: for example, another session must first release a lock (55P03)"),
        new("57", false, "operator intervention: somebody wanted the statement to end (57014), or the database is gone (57P04)"),
        new("57P01", true, "admin shutdown: the server comes back"),
        new("57P02", true, "crash shutdown: the server comes back"),
        new("57P03", true, "cannot connect now: the server starts or stops"),
        new("57P05", true, "idle session timeout: a new session is made"),
        new("58", false, "system error, outside of PostgreSQL: its storage failed (58030) or lacks a file (58P01)"),
        new("72", false, "snapshot too old: a load of the same length would outlive its snapshot again"),
        new("F0", false, "configuration file error"),
        new("HV", false, "foreign data wrapper error"),
        new("P0", false, "PL/pgSQL error: a trigger refuses the same rows again"),
        new("XX", false, "internal error of the server, or damaged data"),
    ];

    /// <summary>The row for a state: its own row, or that of its class.</summary>
    /// <param name="sqlState">Five characters.</param>
    /// <returns>Null for a class that PostgreSQL does not define: such an error is not transient.</returns>
    public static SqlStateClass? Of(string sqlState)
    {
        ArgumentNullException.ThrowIfNull(sqlState);
        return All.FirstOrDefault(row => row.Code == sqlState)
            ?? All.FirstOrDefault(row => row.Code.Length == 2 && sqlState.StartsWith(row.Code, StringComparison.Ordinal));
    }
}
