"""Product group promotions: a list for each ad group."""

import pytest

from source_pinterest.http.errors import AccessDenied, Unavailable
from source_pinterest.streams.lists.product_groups import ProductGroupPromotions
from unit_tests.streams.lists.pinterest import ACCOUNT, SHARED, Pinterest, context, page, read

OF_ACCOUNT = f"/ad_accounts/{ACCOUNT}"
ONLY = {"ad_account_ids": [ACCOUNT]}
DENIED = AccessDenied("Not allowed.", 403)


def pinterest(promotions, ad_groups=("11", "12")):
    return Pinterest(
        {
            f"{OF_ACCOUNT}/ad_groups": lambda params: page(
                *(
                    {"id": each, "status": "ARCHIVED"}
                    for each in params.get("ad_group_ids", ad_groups)
                )
            ),
            f"{OF_ACCOUNT}/product_group_promotions": promotions,
        }
    )


def of_each(params):
    return page({"id": f"9{params['ad_group_id']}", "ad_group_id": params["ad_group_id"]})


def but_for(refused, error):
    return lambda params: error if params["ad_group_id"] in refused else of_each(params)


def test_each_promotion_names_its_ad_account_and_its_ad_group():
    records, error = read(ProductGroupPromotions, pinterest(of_each), **ONLY)

    assert error == ""
    assert [(each["id"], each["ad_group_id"], each["ad_account_id"]) for each in records] == [
        ("911", "11", ACCOUNT),
        ("912", "12", ACCOUNT),
    ]


def test_an_ad_account_whose_ad_groups_cannot_be_listed_fails_alone():
    answers = pinterest(of_each)
    answers.answers[f"/ad_accounts/{SHARED}/ad_groups"] = DENIED

    records, error = read(ProductGroupPromotions, answers)

    assert [each["id"] for each in records] == ["911", "912"]
    assert f"product_group_promotions of ad account {SHARED}: Not allowed." in error


def test_an_ad_group_that_is_refused_is_named_and_the_others_come():
    records, error = read(ProductGroupPromotions, pinterest(but_for({"12"}, DENIED)), **ONLY)

    assert [each["id"] for each in records] == ["911"]
    assert f"product_group_promotions of ad account {ACCOUNT}, ad group 12: Not allowed." in error


def test_an_ad_group_without_an_id_is_reported_by_the_promotions_and_their_report():
    answers = pinterest(of_each)
    answers.answers[f"{OF_ACCOUNT}/ad_groups"] = page({"id": "11", "status": "ARCHIVED"}, {})
    promotions = ProductGroupPromotions(context(answers, **ONLY))

    records, error = read(ProductGroupPromotions, answers, **ONLY)
    ids = promotions.ids(ACCOUNT)

    assert ([each["id"] for each in records], ids) == (["911"], ["911"])
    assert "Pinterest's list ad_groups has items that are left out: 1 without id." in error
    assert "1 without id" in str(promotions.unreadable(ACCOUNT))


def test_the_ids_are_those_of_all_ad_groups_in_ascending_order():
    promotions = ProductGroupPromotions(context(pinterest(of_each, ("12", "11"))))

    assert promotions.ids(ACCOUNT) == ["911", "912"]
    assert promotions.created(ACCOUNT) == {}
    assert promotions.ids_parameter == "product_group_promotion_ids"


def test_of_the_ids_an_ad_group_that_is_refused_fails_alone_and_all_of_them_are_an_error():
    sync = context(pinterest(but_for({"12"}, DENIED)))

    assert ProductGroupPromotions(sync).ids(ACCOUNT) == ["911"]
    assert "of ad group 12 (Not allowed.)" in str(ProductGroupPromotions(sync).unreadable(ACCOUNT))
    with pytest.raises(AccessDenied):
        ProductGroupPromotions(context(pinterest(DENIED))).ids(ACCOUNT)


def test_an_ad_group_that_pinterest_does_not_answer_for_is_an_error_of_all_ids():
    slow = Unavailable("Slow.", 503)

    with pytest.raises(Unavailable, match="ad group 12: Slow"):
        ProductGroupPromotions(context(pinterest(but_for({"12"}, slow)))).ids(ACCOUNT)


@pytest.mark.parametrize("ad_groups", [("11", "12"), ("11",)])
def test_whether_several_ids_are_understood_is_asked_of_the_ad_groups_where_there_are_several(
    ad_groups,
):
    answers = pinterest(
        lambda params: (
            page(*({"id": each} for each in params["product_group_promotion_ids"]))
            if "product_group_promotion_ids" in params
            else of_each(params)
        ),
        ad_groups,
    )

    assert ProductGroupPromotions(context(answers)).probe_ids(ACCOUNT, ["911", "912"])
    path = answers.asked[-1][0]
    assert path.endswith("/ad_groups" if len(ad_groups) > 1 else "/product_group_promotions")
