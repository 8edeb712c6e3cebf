using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Rows;

public sealed class CopyTableTests
{
    [Fact]
    public void CopyCommand_SchemaAndColumns_AreQuotedAndInOrder()
    {
        var table = new CopyTable("public", "trust_line", ["account_id", "Asset \"x\""]);

        Assert.Equal(""""COPY "public"."trust_line" ("account_id", "Asset ""x""") FROM STDIN (FORMAT binary)"""", table.CopyCommand);
        Assert.Equal(
            """"COPY "public"."trust_line" ("account_id", "Asset ""x""") FROM STDIN (FORMAT binary, FREEZE)"""", table.FrozenCopyCommand);
        Assert.Equal("public.trust_line", table.ToString());
    }

    [Fact]
    public void CopyCommand_NoSchema_LeavesTheTableToTheSearchPath() =>
        Assert.Equal("""COPY "t" ("a") FROM STDIN (FORMAT binary)""", new CopyTable("t", "a").CopyCommand);

    [Fact]
    public void Equals_SameNameAndColumns_AreOneDictionaryKey()
    {
        var one = new CopyTable("s", "t", ["a", "b"]);
        var same = new CopyTable("s", "t", ["a", "b"]);

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, new CopyTable("s", "t", ["b", "a"]));
        Assert.NotEqual(one, new CopyTable("t", "a", "b"));
    }

    [Theory]
    [InlineData("", "(0 bytes)")]
    [InlineData("a\0b", "a\\0b")]
    [InlineData("a_name_of_sixty_four_bytes_is_cut_by_the_server_without_an_error", "(64 bytes)")]
    public void Quote_NameTheServerWouldRefuseOrCut_Throws(string name, string part) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(() => CopyTable.Quote(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Constructor_NoColumnsOrRepeatedColumn_Throws()
    {
        Assert.Contains("0 columns", Assert.Throws<ArgumentException>(() => new CopyTable("t")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "column a twice", Assert.Throws<ArgumentException>(() => new CopyTable("t", "a", "a")).Message, StringComparison.Ordinal);
    }
}
