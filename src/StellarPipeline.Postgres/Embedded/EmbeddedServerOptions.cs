namespace StellarPipeline.Postgres.Embedded;

/// <summary>Where an <see cref="EmbeddedServer"/> keeps its data and how it is tuned for one large load.</summary>
/// <remarks>
/// All sizes are in bytes. The defaults suit one transaction that copies millions of rows; none of them changes what is stored.
/// Use <see cref="Settings"/> for server settings without a property; it is written last and overrides the others.
/// </remarks>
public sealed record EmbeddedServerOptions
{
    /// <summary>Folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</summary>
    /// <value>Default null: the environment variable <c>PGBIN</c> if it is set; otherwise <c>PATH</c>, then the usual folders of Linux
    /// distributions, Homebrew and Windows, then <c>pg_config --bindir</c>.</value>
    public string? BinariesDirectory { get; init; }

    /// <summary>The data directory. Created with <c>initdb</c> if absent or empty; reused if it contains a cluster.</summary>
    /// <value>Default null: a temporary one, removed by <see cref="EmbeddedServer.DisposeAsync"/>.</value>
    public string? DataDirectory { get; init; }

    /// <summary>Refuses a <see cref="DataDirectory"/> without a cluster, instead of creating one there.</summary>
    /// <value>Default false.</value>
    public bool MustExist { get; init; }

    /// <summary>Folder for the socket and, without <see cref="DataDirectory"/>, for the data.</summary>
    /// <value>Default null: the system's folder for temporary files. The server's user must be able to enter it, and it must have enough
    /// space for the data.</value>
    public string? TemporaryRoot { get; init; }

    /// <summary>The database that <see cref="EmbeddedServer.ConnectionString"/> names. Created if absent.</summary>
    /// <value>Default <c>postgres</c>.</value>
    public string Database { get; init; } = "postgres";

    /// <summary>How clients reach the server.</summary>
    /// <value>Default <see cref="EmbeddedTransport.Auto"/>.</value>
    public EmbeddedTransport Transport { get; init; }

    /// <summary>Memory for cached pages (<c>shared_buffers</c>).</summary>
    /// <value>Bytes, at least 1 MiB. Default null: a quarter of the memory, 128 MiB to 1 GiB.</value>
    /// <remarks>The memory is reserved, but not used at once: an idle server uses a few MiB. With more than 1 GiB, a load of six million
    /// rows was 4 % faster.</remarks>
    public long? SharedBuffersBytes { get; init; }

    /// <summary>WAL that may be written between two checkpoints (<c>max_wal_size</c>).</summary>
    /// <value>Bytes, at least 64 MiB. Default 8 GiB. Allow that much disk space in addition to the tables.</value>
    /// <remarks>
    /// A load of six million rows writes about 1.4 GB of WAL. A checkpoint during the load writes pages that are soon changed and written
    /// again.
    /// </remarks>
    public long MaxWalBytes { get; init; } = 8L << 30;

    /// <summary>Longest time between two checkpoints (<c>checkpoint_timeout</c>).</summary>
    /// <value>30 seconds to 1 day. Default 1 hour, for the reason given at <see cref="MaxWalBytes"/>.</value>
    public TimeSpan CheckpointTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory for building an index or checking a foreign key (<c>maintenance_work_mem</c>).</summary>
    /// <value>Bytes, at least 1 MiB. Default 512 MiB: enough to sort the keys of about ten million rows in memory.</value>
    public long MaintenanceWorkMemoryBytes { get; init; } = 512L << 20;

    /// <summary>Maximum number of concurrent sessions (<c>max_connections</c>).</summary>
    /// <value>1 to 10,000. Default 50.</value>
    public int MaxConnections { get; init; } = 50;

    /// <summary>Whether rows survive a power cut: <c>fsync</c>, <c>full_page_writes</c> and <c>synchronous_commit</c> together.</summary>
    /// <value>Default null: on for a given <see cref="DataDirectory"/>; off for a temporary one, which is not used again after a power
    /// cut.</value>
    public bool? Durable { get; init; }

    /// <summary>Further server settings by their names in <c>postgresql.conf</c>; values without quotes.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long <c>initdb</c> may take, and how long the start of the server may take.</summary>
    /// <value>1 second to 1 hour. Default 2 minutes; recovery after a crash counts as part of a start.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a fast shutdown may take before an immediate one follows.</summary>
    /// <value>1 second to 1 hour. Default 1 minute; the shutdown checkpoint writes all changed pages that are still in memory.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Lists all problems of these options.</summary>
    internal List<string> Problems()
    {
        var problems = new List<string>();
        Range(SharedBuffersBytes ?? 1 << 20, 1 << 20, nameof(SharedBuffersBytes));
        Range(MaxWalBytes, 64 << 20, nameof(MaxWalBytes));
        Range(MaintenanceWorkMemoryBytes, 1 << 20, nameof(MaintenanceWorkMemoryBytes));
        if (MaxConnections is < 1 or > 10_000)
            problems.Add($"MaxConnections is {MaxConnections}; must be 1 to 10,000.");
        Duration(CheckpointTimeout, TimeSpan.FromSeconds(30), TimeSpan.FromDays(1), nameof(CheckpointTimeout));
        Duration(StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(StartTimeout));
        Duration(StopTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(StopTimeout));
        if (string.IsNullOrWhiteSpace(Database))
            problems.Add("Database is empty; must be the name of a database.");
        foreach ((string? name,
            string? folder) in new[] { (nameof(DataDirectory), DataDirectory), (nameof(BinariesDirectory), BinariesDirectory),
                (nameof(TemporaryRoot), TemporaryRoot) })
        {
            if (folder is not null && string.IsNullOrWhiteSpace(folder))
                problems.Add($"{name} is empty; must be a folder, or be left out.");
        }

        foreach ((string? name, string? value) in Settings)
        {
            if (!name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.') || value.AsSpan().ContainsAny('\r', '\n'))
                problems.Add($"Setting \"{name}\" is not the name of a server setting, or its value has more than one line.");
        }

        return problems;

        void Range(long value, long least, string name)
        {
            if (value < least)
                problems.Add(FormattableString.Invariant($"{name} is {value:N0} bytes; must be at least {least:N0}."));
        }

        void Duration(TimeSpan value, TimeSpan least, TimeSpan most, string name)
        {
            if (value < least || value > most)
                problems.Add($"{name} is {value}; must be {least} to {most}.");
        }
    }
}
