using StellarPipeline.Postgres.Load.Writers;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

public sealed class CopyContextTests
{
    [Theory]
    [InlineData("COPY item, line 17", 17L)]
    [InlineData("COPY item, line 17, column a2", 17L)]
    [InlineData("PL/pgSQL function f() line 3 at RAISE\nCOPY item, line 5", 5L)]
    [InlineData("COPY item, Zeile 8, Spalte x", 8L)]
    [InlineData("SQL statement \"SELECT 1\"", null)]
    [InlineData("COPY item", null)]
    public void Line_ContextOfTheServer_IsTheNumberAfterTheTable(string context, long? expected) =>
        Assert.Equal(expected, CopyContext.Line(context, "item"));
}
