using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Tests.Checkpoints;

public sealed class ArchiveStateParserTests
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string File = "history/00/00/00/history-0000003f.json";

    [Fact]
    public void Parse_Version1_HasOneListAndMayLackANetwork()
    {
        ArchiveState state = Parse(State(1));

        Assert.Equal(1, state.Version);
        Assert.Equal(63U, state.CurrentLedger);
        Assert.Null(state.NetworkPassphrase);
        Assert.Equal(11, state.LiveLevels.Count);
        Assert.Empty(state.HotArchiveLevels);
        Assert.Equal(Hash(4), state.LiveLevels[2].Curr.ToString());
        Assert.Equal(Hash(5), state.LiveLevels[2].Snap.ToString());
    }

    [Fact]
    public void Parse_Version2_HasBothLists()
    {
        ArchiveState state = Parse(State(2));

        Assert.Equal(2, state.Version);
        Assert.Equal("network", state.NetworkPassphrase);
        Assert.Equal(11, state.HotArchiveLevels.Count);
        Assert.Equal(Hash(100), state.HotArchiveLevels[0].Curr.ToString());
    }

    [Fact]
    public void Buckets_LeavesOutEmptyOnesAndGoesFromNewToOld()
    {
        JsonObject json = State(2);
        json["currentBuckets"]![0]!["curr"] = Zero;
        json["currentBuckets"]![3]!["snap"] = Zero;

        IReadOnlyList<BucketReference> buckets = Parse(json).Buckets(BucketListKind.Live);

        Assert.Equal(20, buckets.Count);
        Assert.Equal(Enumerable.Range(0, 22).Except([0, 7]), buckets.Select(bucket => bucket.Position.AgeIndex));
        Assert.Equal("live level 0 snap", buckets[0].Position.ToString());
        Assert.Equal("hot-archive level 0 curr", Parse(json).Buckets(BucketListKind.HotArchive)[0].Position.ToString());
        Assert.Equal($"bucket-{Hash(1)}.xdr.gz", buckets[0].FileName);
    }

    [Fact]
    public void Parse_MembersInAnyOrderWithUnknownOnes_IsAccepted()
    {
        JsonObject json = State(2);
        var reversed = new JsonObject { ["unknown"] = new JsonObject { ["version"] = 9, ["list"] = new JsonArray(1, new JsonArray()) } };
        foreach ((string name, JsonNode? value) in json.Reverse())
            reversed[name] = value!.DeepClone();
        reversed["currentBuckets"]![0]!["later"] = "something";
        reversed["currentBuckets"]![1]!.AsObject().Remove("next");

        Assert.Equal(Parse(json).CurrentLedger, Parse(reversed).CurrentLedger);
    }

    [Fact]
    public void Parse_EscapedText_IsUnescaped()
    {
        JsonObject json = State(2);
        string text = json.ToJsonString().Replace("\"network\"", "\"Stellar \\u003B é\"", StringComparison.Ordinal);

        Assert.Equal("Stellar ; é", ArchiveStateParser.Parse(Encoding.UTF8.GetBytes(text), File).NetworkPassphrase);
    }

    public static TheoryData<string, string> DamagedTexts => new()
    {
        { "", ArchiveErrorCode.StateJson },
        { "[]", ArchiveErrorCode.StateJson },
        { "null", ArchiveErrorCode.StateJson },
        { "<html>not found</html>", ArchiveErrorCode.StateJson },
        { "{\"version\":1", ArchiveErrorCode.StateJson },
        { "{}", ArchiveErrorCode.StateJson },
        { State(1).ToJsonString() + "x", ArchiveErrorCode.StateJson },
        { State(1).ToJsonString() + "{}", ArchiveErrorCode.StateJson },
        { State(1).ToJsonString()[..^1], ArchiveErrorCode.StateJson },
        { "{\"a\":" + new string('[', 40) + new string(']', 40) + "}", ArchiveErrorCode.StateJson },
        { State(1).ToJsonString().Replace("\"version\":1", "\"version\":1,\"version\":1", StringComparison.Ordinal),
            ArchiveErrorCode.StateJson },
        { State(1).ToJsonString().Replace("\"version\":1", "\"version\":1,\"\\u0076ersion\":1", StringComparison.Ordinal),
            ArchiveErrorCode.StateJson },
        { State(2).ToJsonString().Replace("\"server\"", "\"networkPassphrase\"", StringComparison.Ordinal), ArchiveErrorCode.StateJson },
        { State(1).ToJsonString().Replace("\"server\":\"test\"", "\"server\":\"\\ud800\"", StringComparison.Ordinal),
            ArchiveErrorCode.StateJson },
    };

    [Theory]
    [MemberData(nameof(DamagedTexts))]
    public void Parse_DamagedText_IsRefusedWithItsCode(string text, string code) => AssertRefused(Encoding.UTF8.GetBytes(text), code);

    [Fact]
    public void Parse_TextThatIsNotUtf8_IsRefused()
    {
        byte[] text = Encoding.UTF8.GetBytes(State(2).ToJsonString());
        text[text.AsSpan().IndexOf("test"u8)] = 0xff;

        AssertRefused(text, ArchiveErrorCode.StateJson);
    }

    public static TheoryData<string, string, string?, string> DamagedMembers => new()
    {
        { "", "version", null, ArchiveErrorCode.StateJson },
        { "", "version", "\"1\"", ArchiveErrorCode.StateJson },
        { "", "version", "1.5", ArchiveErrorCode.StateJson },
        { "", "version", "0", ArchiveErrorCode.StateVersion },
        { "", "version", "3", ArchiveErrorCode.StateVersion },
        { "", "currentLedger", null, ArchiveErrorCode.StateJson },
        { "", "currentLedger", "-1", ArchiveErrorCode.StateJson },
        { "", "currentLedger", "4294967296", ArchiveErrorCode.StateJson },
        { "", "currentLedger", "null", ArchiveErrorCode.StateJson },
        { "", "networkPassphrase", null, ArchiveErrorCode.StateNetwork },
        { "", "networkPassphrase", "\"\"", ArchiveErrorCode.StateNetwork },
        { "", "networkPassphrase", "7", ArchiveErrorCode.StateJson },
        { "", "server", "{}", ArchiveErrorCode.StateJson },
        { "", "currentBuckets", null, ArchiveErrorCode.StateLevels },
        { "", "currentBuckets", "{}", ArchiveErrorCode.StateJson },
        { "", "currentBuckets", "[]", ArchiveErrorCode.StateLevels },
        { "", "hotArchiveBuckets", null, ArchiveErrorCode.StateLevels },
        { "", "hotArchiveBuckets", "[]", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "curr", null, ArchiveErrorCode.StateLevels },
        { "currentBuckets", "snap", null, ArchiveErrorCode.StateLevels },
        { "currentBuckets", "curr", "\"\"", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "curr", "\"00\"", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "curr", "\"ABCDEF0000000000000000000000000000000000000000000000000000000000\"", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "snap", "\"zz00000000000000000000000000000000000000000000000000000000000000\"", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "snap", "17", ArchiveErrorCode.StateLevels },
        { "currentBuckets", "next", "[]", ArchiveErrorCode.StateJson },
        { "currentBuckets", "next", "0", ArchiveErrorCode.StateJson },
        { "hotArchiveBuckets", "curr", "null", ArchiveErrorCode.StateLevels },
        { "hotArchiveBuckets", "next", "true", ArchiveErrorCode.StateJson },
    };

    [Theory]
    [MemberData(nameof(DamagedMembers))]
    public void Parse_EachMemberMissingOrWrong_IsRefusedWithItsCode(string list, string member, string? value, string code)
    {
        JsonObject json = State(2);
        JsonObject target = list.Length == 0 ? json : json[list]![10]!.AsObject();
        target.Remove(member);
        if (value is not null)
            target[member] = JsonNode.Parse(value);

        AssertRefused(Encoding.UTF8.GetBytes(json.ToJsonString()), code);
    }

    [Theory]
    [InlineData("currentBuckets", 10)]
    [InlineData("currentBuckets", 12)]
    [InlineData("hotArchiveBuckets", 10)]
    [InlineData("hotArchiveBuckets", 12)]
    public void Parse_AnotherNumberOfLevels_IsRefused(string list, int count)
    {
        JsonObject json = State(2);
        JsonArray levels = json[list]!.AsArray();
        if (count == 10)
            levels.RemoveAt(10);
        else
            levels.Add(levels[0]!.DeepClone());

        ArchiveException error = AssertRefused(Encoding.UTF8.GetBytes(json.ToJsonString()), ArchiveErrorCode.StateLevels);

        Assert.Contains($"{list} has {count} levels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AMemberOfALevelTwice_IsRefused()
    {
        string text = State(1).ToJsonString().Replace(
            $"\"snap\":\"{Hash(21)}\"", $"\"snap\":\"{Hash(21)}\",\"snap\":\"{Hash(21)}\"", StringComparison.Ordinal);

        ArchiveException error = AssertRefused(Encoding.UTF8.GetBytes(text), ArchiveErrorCode.StateJson);

        Assert.Contains("currentBuckets[10].snap\" occurs twice", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u001b[31m")]
    [InlineData("\u0007")]
    [InlineData("\u009b")]
    [InlineData("\n")]
    public void Parse_TextWithControlCharacters_IsRefusedAndNotRepeated(string text)
    {
        foreach (string member in (string[])["networkPassphrase", "server"])
        {
            JsonObject json = State(2);
            json[member] = text;

            ArchiveException error = AssertRefused(Encoding.UTF8.GetBytes(json.ToJsonString()), ArchiveErrorCode.StateJson);

            Assert.Contains($"\"{member}\" has {text.Length} characters; at most 1,024 are allowed, and no control characters",
                error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ArchiveStateParser.MaxTextChars, true)]
    [InlineData(ArchiveStateParser.MaxTextChars + 1, false)]
    public void Parse_LongText_IsTakenUpToTheLimit(int length, bool isTaken)
    {
        JsonObject json = State(2);
        json["server"] = new string('s', length);

        if (isTaken)
            Assert.Equal(length, Parse(json).Server!.Length);
        else
            AssertRefused(Encoding.UTF8.GetBytes(json.ToJsonString()), ArchiveErrorCode.StateJson);
    }

    [Fact]
    public void Parse_BrokenText_IsNotRepeatedInTheMessage()
    {
        // The reader's own message quotes what should have been a literal: here all the rest of the text.
        string text = State(1).ToJsonString().Replace("\"test\"", "tes\u001b[31mt", StringComparison.Ordinal);

        ArchiveException error = AssertRefused(Encoding.UTF8.GetBytes(text), ArchiveErrorCode.StateJson);

        Assert.Contains("it is invalid JSON, or nested too deeply, in line 1 at byte ", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 400);
        Assert.DoesNotContain('\u001b', error.ToString());
    }

    [Fact]
    public void Parse_StringThatIsNoText_IsRefusedWithItsPlace()
    {
        string text = State(1).ToJsonString();
        int place = text.IndexOf("\"test\"", StringComparison.Ordinal);

        ArchiveException error = AssertRefused(
            Encoding.UTF8.GetBytes(text.Replace("\"test\"", "\"\\ud800\"", StringComparison.Ordinal)), ArchiveErrorCode.StateJson);

        Assert.Contains($"the string at byte {place} is not valid Unicode", error.Message, StringComparison.Ordinal);
        Assert.Equal(place, error.ByteOffset);
    }

    [Fact]
    public void Parse_MoreThanOneMebibyte_IsRefused()
    {
        byte[] text = Encoding.UTF8.GetBytes(State(1).ToJsonString().PadRight(ArchiveStateParser.MaximumBytes + 1));

        AssertRefused(text, ArchiveErrorCode.SizeLimit);
    }

    private static ArchiveException AssertRefused(byte[] text, string code)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => ArchiveStateParser.Parse(text, File));

        Assert.Equal(code, error.Code);
        Assert.Equal(File, error.File);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        return error;
    }

    private static ArchiveState Parse(JsonObject json) => ArchiveStateParser.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), File);

    private static JsonObject State(int version)
    {
        var state = new JsonObject { ["version"] = version, ["server"] = "test", ["currentLedger"] = 63, ["currentBuckets"] = Levels(0) };
        if (version == 2)
        {
            state["networkPassphrase"] = "network";
            state["hotArchiveBuckets"] = Levels(100);
        }

        return state;
    }

    private static JsonArray Levels(int first) => new(Enumerable.Range(0, 11)
        .Select(level => (JsonNode)new JsonObject
        {
            ["curr"] = Hash(first + (2 * level)),
            ["next"] = level % 2 == 0 ? new JsonObject { ["state"] = 0 } : new JsonObject { ["state"] = 1, ["output"] = Zero },
            ["snap"] = Hash(first + (2 * level) + 1),
        })
        .ToArray());

    private static string Hash(int number) =>
        number.ToString("x64", CultureInfo.InvariantCulture).Replace("00000000", "abcdef12", StringComparison.Ordinal);
}
