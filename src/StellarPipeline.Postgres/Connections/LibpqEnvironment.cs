namespace StellarPipeline.Postgres.Connections;

/// <summary>libpq's environment variables: they give the values that an address leaves out, as for psql.</summary>
/// <remarks>
/// PostgreSQL manual, libpq, "Environment Variables". Npgsql itself reads PGPASSWORD, PGPASSFILE, PGSSLCERT, PGSSLKEY, PGSSLROOTCERT and
/// PGOPTIONS; <see cref="ConnectionSettings"/> reads PGSSLMODE for every form of address. A variable that is set but empty counts as not
/// set.
/// </remarks>
internal static class LibpqEnvironment
{
    private static readonly (string Variable, string Parameter)[] Names =
    [
        ("PGHOST", "host"), ("PGHOSTADDR", "hostaddr"), ("PGPORT", "port"), ("PGDATABASE", "dbname"), ("PGUSER", "user"),
        ("PGAPPNAME", "application_name"),
        ("PGREQUIREAUTH", "require_auth"), ("PGCHANNELBINDING", "channel_binding"), ("PGREQUIREPEER", "requirepeer"),
        ("PGGSSENCMODE", "gssencmode"),
        ("PGKRBSRVNAME", "krbsrvname"), ("PGCONNECT_TIMEOUT", "connect_timeout"), ("PGTARGETSESSIONATTRS", "target_session_attrs"),
        ("PGLOADBALANCEHOSTS", "load_balance_hosts"), ("PGSSLNEGOTIATION", "sslnegotiation"), ("PGSSLCERTMODE", "sslcertmode"),
        ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"), ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
        ("PGSSLCRL", "sslcrl"),
    ];

    // The variables that name a server or a database; a user, a password or a port alone names none.
    private static readonly string[] Naming = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

    /// <summary>The variables that are set and that name a server or a database; empty if there are none.</summary>
    public static IReadOnlyList<string> NamingVariables => [.. Naming.Where(name => Value(name) is not null)];

    /// <summary>The variables that are set, each with the parameter that it gives.</summary>
    internal static IEnumerable<(string Variable, string Parameter, string Value)> Given()
    {
        foreach ((string variable, string parameter) in Names)
        {
            if (Value(variable) is { } value)
                yield return (variable, parameter, value);
        }
    }

    /// <summary>The value of a variable; null if it is not set or empty.</summary>
    internal static string? Value(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
