using Npgsql;

namespace StellarPipeline.TestSupport;

/// <summary>A role without rights except its grants, created by <see cref="TestDatabase.CreateRoleAsync"/>.</summary>
public sealed class TestRole
{
    internal TestRole(string name, string connectionString)
    {
        Name = name;
        ConnectionString = connectionString;
        DataSource = NpgsqlDataSource.Create(connectionString);
    }

    /// <summary>Name of the role; safe in SQL without quotes.</summary>
    public string Name { get; }

    /// <summary>Connection string of this role in the test's database.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections of this role to the test's database. Disposed with the database.</summary>
    public NpgsqlDataSource DataSource { get; }
}
