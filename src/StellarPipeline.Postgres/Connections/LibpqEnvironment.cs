namespace StellarPipeline.Postgres.Connections;

/// <summary>The environment variables of libpq: they fill what an address does not say, as they do for psql.</summary>
/// <remarks>
/// PostgreSQL manual, libpq, "Environment Variables". PGPASSWORD, PGPASSFILE, PGSSLCERT, PGSSLKEY, PGSSLROOTCERT and PGOPTIONS are read by
/// Npgsql itself, PGSSLMODE for every form of address. A variable that is set but empty counts as not set.
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

    // Which server or database is meant; a user, a password or a port alone names none.
    private static readonly string[] Naming = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

    /// <summary>The variables that are set and that name a server or a database; empty where none does.</summary>
    public static IReadOnlyList<string> NamingVariables => [.. Naming.Where(name => Value(name) is not null)];

    /// <summary>The variables that are set and that fill an address.</summary>
    internal static IEnumerable<(string Variable, string Parameter, string Value)> Given()
    {
        foreach ((string variable, string parameter) in Names)
        {
            if (Value(variable) is { } value)
                yield return (variable, parameter, value);
        }
    }

    /// <summary>The value of a variable; null where it is not set or empty.</summary>
    internal static string? Value(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
