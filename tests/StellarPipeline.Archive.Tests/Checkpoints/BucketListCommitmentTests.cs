using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Checkpoints;

public sealed class BucketListCommitmentTests
{
    private const string EmptyList = "fe05118472ded163eec364dac2e960ba8ac910689c88cead24b394962b13a1e6";

    // The buckets of public-network ledger 24,088,895 (protocol 11), curr and snap of each level; the header of that ledger commits to
    // PublicHash.
    private const string PublicHash = "fc5fe47af3f5a9b18b278f2a7edbbc641e1934bf68131d9aa5ab7aebb4aa8aa3";

    private static readonly string[] PublicBuckets =
    [
        "2a4416e7f3e301c2fc1078dce0e1dd109b8ae6d3958942b91b447f24014a7b5c",
        "7ff95a98838dfd39a36858f15c8d503641560f02a52aa15335559e1183ce2ca1",
        "2c7e74c4c5555e41b39a5fc04e77e77852c35e7769e32b486e07a072b9b3177c",
        "5f0bc7d0bd9e8ed6530fc270339b7dd2fbcedf0d80235f5ef64daa90b84259f4",
        "068f2a1ece2817c98c0d21d5ac20817637c331df6793d0ff3e874e29da5d65b1",
        "875cbdf9ab03c488c075a36ee3ee1e02aef9d5fe9d253a2b1f99b92fe64598b8",
        "f413ff9d27e2cad12754ff84ca905f8c309ca7b68a6fbe8e9b01ecd18f5d3759",
        "5d198cdc5a2139d92fe74f6541a098c27aba61e8aee543a6a551814aae9adb5a",
        "1c6f9ec76b06aac2aac77e9a0da2224d120dc25c1cf10211ce33475db4d66f13",
        "6dd30650a7c8cadad545561d732828cf55cefdf5f70c615fbdc33e01c647907b",
        "b3b3c9b54db9e08f3994a17a40e5be7583c546488e88523ebf8b444ee53f4aec",
        "7d84d34019975b37758278e858e86265323ddbb7b46f6d679433c93bbae693ee",
        "a6c20a247ed2afc2cea7f4dc5856efa61a51b4e4b0318877eebdf8ad47be83b7",
        "285ac930ee2bd358d3202666c545fd3b94ee973d1a0cd2569de357042ec12b3d",
        "2e779b37b97052a1141a65a92c4ca14a7bd28f7c2d646749b1d584f45d50fa7b",
        "37094a837769dbae5783dca9831be463b895f1b07d1cd24e271966e10503fdfc",
        "48f435285dd96511d0822f7ae1a20e28c6c28019e385313713655fc76fe3bc03",
        "96e0d8bf7d7eb775299edf285b6324499a1a05122d95eed9289c6477cf6a01cb",
        "4100ad3b1085bd14d1c808ece3b38db97171532d0d11ed5edd57aff0e416e06a",
        "23669fa3d310ca8ac8dbe9dcce7e4e4361b1c3334da1dda2fb6447a30c67422f",
        "14cc632ab181396418fc761503105047e3b63d0455d0a4e9480578129ea8e9dc",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ];

    [Fact]
    public void OfList_PublicNetworkLedger_IsWhatItsHeaderHolds() =>
        Assert.Equal(PublicHash, BucketListCommitment.OfList(Levels(PublicBuckets)).ToString());

    [Fact]
    public void OfList_ElevenEmptyLevels_IsTheKnownConstant() =>
        Assert.Equal(EmptyList, BucketListCommitment.OfList(new BucketLevel[11]).ToString());

    [Fact]
    public void Of_FromProtocol23_CombinesBothLists()
    {
        var state = new ArchiveState(2, 63, "network", null, new BucketLevel[11], new BucketLevel[11]);

        Assert.Equal(EmptyList, BucketListCommitment.Of(state, 22).ToString());
        Assert.Equal("2334d845d2d66a8d831f4a15604870500688ad86ffb9b74e379ee57cd09fb442", BucketListCommitment.Of(state, 23).ToString());
    }

    private static BucketLevel[] Levels(string[] hashes) =>
        hashes.Chunk(2).Select(pair => new BucketLevel(Hash256.Parse(pair[0]), Hash256.Parse(pair[1]))).ToArray();
}
