using Npgsql;
using Pipeline.TestSupport;

namespace Pipeline.Postgres.Tests.Embedded;

public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("Host=h;Username=u;Database=d", "Host=h;Username=u;Database=d")]
    [InlineData("postgres://u@h/d", "Host=h;Port=5432;Username=u;Database=d")]
    [InlineData(
        "postgresql://u:p%40ss@h:6543/d?sslmode=verify-full&application_name=x",
        "Host=h;Port=6543;Username=u;Password=p@ss;Database=d;SSL Mode=VerifyFull;Application Name=x")]
    [InlineData("postgres://u@localhost/d?host=/run/postgresql", "Host=/run/postgresql;Port=5432;Username=u;Database=d")]
    public void Parse_ConnectionStringOrUrl_GivesTheSameAddress(string address, string expected) =>
        Assert.True(new NpgsqlConnectionStringBuilder(expected).EquivalentTo(DatabaseAddress.Parse(address)), DatabaseAddress.Parse(address).ConnectionString);
}
